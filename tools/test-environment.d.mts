export function testEnvironment(more?: Record<string, string>, root?: string): Record<string, string | undefined>;
export const REPORTERS: readonly string[];
export function scratch(): string;
