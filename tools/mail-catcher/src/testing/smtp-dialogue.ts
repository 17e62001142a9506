import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';

/** Speaks SMTP by hand, for what a well-behaved client never says. */
export class SmtpDialogue {
  readonly #answers: AsyncIterator<string>;

  private constructor(
    private readonly socket: Socket,
    lines: Interface,
  ) {
    this.#answers = lines[Symbol.asyncIterator]();
  }

  /** Connects, and takes the greeting. */
  static async open(port: number): Promise<SmtpDialogue> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    const dialogue = new SmtpDialogue(socket, createInterface(socket));
    await dialogue.#answer();
    return dialogue;
  }

  /** Says a line. @returns the last line of the answer */
  say(line: string): Promise<string> {
    this.write(`${line}\r\n`);
    return this.#answer();
  }

  /** Opens a mail, up to where its text is awaited. */
  async beginMail(recipient: string): Promise<void> {
    for (const line of ['EHLO test', 'MAIL FROM:<a@x.example>', `RCPT TO:<${recipient}>`, 'DATA']) await this.say(line);
  }

  write(text: string): void {
    this.socket.write(text);
  }

  /** Goes away without a word. */
  hangUp(): void {
    this.socket.destroy();
  }

  async #answer(): Promise<string> {
    for (;;) {
      const { value } = await this.#answers.next();
      if (value === undefined) throw new Error('the server went away');
      if (!/^\d{3}-/.test(value)) return value;
    }
  }
}
