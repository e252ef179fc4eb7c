/** Under which account of the computer an order by hand, or a line of a command file, was given. */
export const LOGIN = "ALTER TABLE commands ADD COLUMN login TEXT;\n";
