import { runCommand } from './run-command.js';

const node = (script: string): [string, string[]] => [process.execPath, ['-e', script]];

describe('Running a command', () => {
  it('tells line by line what it prints', async () => {
    const lines: string[] = [];
    await runCommand(...node('process.stdout.write("one\\ntw"); process.stdout.write("o\\n\\nthree")'), {
      onProgress: (line) => lines.push(line),
    });
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  it('fails with the end of what it printed', async () => {
    const command = runCommand(...node('for (let i = 1; i <= 30; i++) console.error("line", i); process.exit(3)'));
    await expect(command).rejects.toThrow(/ended with exit code 3\nline 21\n(.*\n)*line 30$/);
  });

  it('says when there is no such command', async () => {
    await expect(runCommand('no-such-command', [])).rejects.toThrow(/"no-such-command" could not be started: .*ENOENT/);
  });
});
