import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import ipaddr from 'ipaddr.js';

const HEADER_BYTES = 12;
const TYPES = { 1: 'ipv4', 28: 'ipv6' } as const;

/**
 * A real name server (RFC 1035) on the loopback address, that answers every name with the addresses it is told at that
 * moment.
 */
export class NameServer {
  readonly questions: string[] = [];
  /** Asked for each question. */
  addresses: (name: string) => string[] = () => [];

  private constructor(
    private readonly socket: Socket,
    readonly address: string,
  ) {
    socket.on('message', (query, { port, address: from }) => this.socket.send(this.answer(query), port, from));
  }

  static async start(): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new NameServer(socket, `127.0.0.1:${socket.address().port}`);
  }

  async stop(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }

  private answer(query: Buffer): Buffer {
    const labels: string[] = [];
    let offset = HEADER_BYTES;
    for (let length = query[offset]!; length > 0; length = query[offset]!) {
      labels.push(query.toString('latin1', offset + 1, offset + 1 + length));
      offset += length + 1;
    }
    const type = query.readUInt16BE(offset + 1);
    const question = query.subarray(HEADER_BYTES, offset + 5);
    const name = labels.join('.');
    this.questions.push(name);
    const wanted = this.addresses(name)
      .map((address) => ipaddr.parse(address))
      .filter((address) => address.kind() === TYPES[type as keyof typeof TYPES]);
    const header = Buffer.alloc(HEADER_BYTES);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180, 2); // an answer, without error
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(wanted.length, 6);
    return Buffer.concat([header, question, ...wanted.map((address) => record(type, address.toByteArray()))]);
  }
}

/** An address of the name in the question, to be forgotten at once. */
function record(type: number, address: readonly number[]): Buffer {
  const fixed = Buffer.alloc(12);
  fixed.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  fixed.writeUInt16BE(type, 2);
  fixed.writeUInt16BE(1, 4);
  fixed.writeUInt16BE(address.length, 10);
  return Buffer.concat([fixed, Buffer.from(address)]);
}
