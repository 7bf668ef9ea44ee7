/** An error as Wails rejects with it: the problem's JSON. */
export const problem = (code: string, args: Record<string, string> = {}): string =>
  JSON.stringify({ code, args, server: '' });
