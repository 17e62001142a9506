import type { Broker } from 'kafkajs';

/** A request of Kafka's protocol, and how its answer is read; kafkajs adds header and number, and finds the answer again. */
export interface WireRequest<Answer> {
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  /** What follows the header. */
  readonly body: Buffer;
  /** How long the node may take, where that is longer than what is set for all requests. */
  readonly timeoutMs?: number;
  read(answer: Buffer): Answer;
}

/** The part of kafkajs' `Broker` below the requests that it knows itself. */
interface Connected {
  readonly connectionPool: {
    send<Decoded extends { readonly clientSideThrottleTime: number }>(protocol: {
      readonly request: { apiKey: number; apiName: string; apiVersion: number; encode(): Promise<unknown> };
      readonly response: {
        decode(answer: Buffer): Promise<Decoded>;
        parse(decoded: Decoded): Promise<Decoded>;
      };
      readonly requestTimeout: number | null;
    }): Promise<Decoded>;
  };
}

/** Sends a request that we write and read ourselves over one of kafkajs' connections. @throws what kafkajs throws */
export async function ask<Answer>(node: Broker, request: WireRequest<Answer>): Promise<Answer> {
  const { apiKey, apiName, apiVersion, body, timeoutMs = null } = request;
  const answered = await (node as unknown as Connected).connectionPool.send({
    // The shape of an encoder that has written.
    request: {
      apiKey,
      apiName,
      apiVersion,
      encode: async () => ({ buf: body, buffer: body, size: () => body.length }),
    },
    response: {
      decode: async (answer) => ({ clientSideThrottleTime: 0, answer: request.read(answer) }),
      parse: async (decoded) => decoded,
    },
    requestTimeout: timeoutMs,
  });
  return answered.answer;
}

/** A field of a request: how many bytes, and the number in it. */
export type NumberField = readonly [bytes: 1 | 2 | 4 | 8, value: number];

export function writeNumbers(...fields: readonly NumberField[]): Buffer {
  const buffer = Buffer.allocUnsafe(fields.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of fields) {
    at = bytes === 8 ? buffer.writeBigInt64BE(BigInt(value), at) : buffer.writeIntBE(value, at, bytes);
  }
  return buffer;
}

/** With its length before it. */
export function writeText(text: string): Buffer {
  return Buffer.concat([writeNumbers([2, Buffer.byteLength(text)]), Buffer.from(text)]);
}

/** Reads the fields of an answer one after the other. */
export class AnswerReader {
  #at = 0;

  constructor(private readonly answer: Buffer) {}

  int16(): number {
    return this.answer.readInt16BE(this.#skip(2));
  }

  int32(): number {
    return this.answer.readInt32BE(this.#skip(4));
  }

  text(): string {
    const length = this.int16();
    const start = this.#skip(length);
    return this.answer.toString('utf8', start, start + length);
  }

  /** Not a copy. */
  bytes(): Buffer {
    const length = Math.max(this.int32(), 0);
    const start = this.#skip(length);
    return this.answer.subarray(start, start + length);
  }

  /** What stands here as often as a number before it says. */
  list<Item>(read: () => Item): Item[] {
    const items: Item[] = [];
    for (let count = this.int32(); count > 0; count -= 1) items.push(read());
    return items;
  }

  /** What stands here of the partitions of some topics. @param readOwn reads what is said of one, from its number on */
  partitions<Own extends object>(readOwn: () => Own): (Own & { readonly topic: string })[] {
    return this.list(() => {
      const topic = this.text();
      return this.list(() => ({ topic, ...readOwn() }));
    }).flat();
  }

  skip(bytes: number): void {
    this.#skip(bytes);
  }

  #skip(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}
