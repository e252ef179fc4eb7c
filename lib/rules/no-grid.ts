/** Below it there is no grid, V: what is left is induced. */
export const NO_GRID_V = 50;
