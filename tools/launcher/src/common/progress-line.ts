/** One line on a terminal that is written over and over; nothing where there is no terminal. */
export class ProgressLine {
  private width = 0;

  constructor(private readonly terminal: { readonly isTTY?: boolean; write(text: string): unknown } = process.stderr) {}

  show(text: string): void {
    if (!this.terminal.isTTY) return;
    this.terminal.write(`\r${text.padEnd(this.width)}`);
    this.width = text.length;
  }

  /** Takes the line away. */
  clear(): void {
    this.show('');
    if (this.terminal.isTTY) this.terminal.write('\r');
  }
}
