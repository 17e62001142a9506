import { UnavailableError } from '@looseleaf/messaging';
import type { BrokerLogger } from '@looseleaf/messaging/adapter';
import kafkajs, { type ICustomPartitioner, type Kafka, type Message, type Producer } from 'kafkajs';
import { groupBy } from '../group-by.js';
import { CLOSED, translateError } from '../kafka-errors.js';
import type { OutgoingRecord } from './encode.js';
import { murmur2 } from './murmur2.js';

/** Long enough for a new leader (6 s after a node died), so that what is repeated is recognised by the sequence numbers. */
const RETRY = { initialRetryTime: 50, maxRetryTime: 500, retries: 30 };
const METADATA_MAX_AGE_MS = 20_000;

/**
 * Writes records with an idempotent producer and `acks=all`, and believes nothing that is not in the answer: when a
 * leader dies during a `send` to several partitions, kafkajs 2.2.4 resolves although it has left some of them out.
 *
 * A producer that failed is spent, and the next write makes a new one: kafkajs takes its sequence numbers back after a
 * failure, so that another batch of the same size would be taken for a repetition of the lost one, and thrown away.
 */
export class KafkaProducer {
  #producer: Promise<Producer> | undefined;
  /** In succession. */
  #failures = 0;

  constructor(
    private readonly kafka: Kafka,
    private readonly logger: BrokerLogger,
  ) {}

  /**
   * Resolves when every record is written; those that are already `stored` are left out.
   * @throws UnavailableError some may be written: their `stored` is set where that is known; PermanentError
   */
  async write(records: readonly OutgoingRecord[]): Promise<void> {
    const connecting = (this.#producer ??= this.#connect());
    try {
      const producer = await connecting;
      for (let missing = records.filter(({ stored }) => !stored); missing.length > 0;) {
        await this.#send(producer, missing);
        missing = missing.filter(({ stored }) => !stored);
        if (missing.length > 0)
          this.logger.warn({ records: missing.length }, 'records were left out; sending them again');
      }
    } catch (error) {
      if (this.#producer === connecting) this.#producer = undefined;
      void disconnect(connecting);
      this.#failures += 1;
      if (this.#failures === 1)
        this.logger.warn({ err: error }, 'records cannot be written; trying with a new producer');
      throw translateError(error);
    }
    if (this.#failures > 0) this.logger.info({ attempts: this.#failures }, 'records are written again');
    this.#failures = 0;
  }

  async close(): Promise<void> {
    const connecting = this.#producer;
    this.#producer = Promise.reject(new UnavailableError('broker', { code: CLOSED }));
    this.#producer.catch(() => undefined);
    await disconnect(connecting);
  }

  /** Marks what the leaders confirmed. */
  async #send(producer: Producer, records: readonly OutgoingRecord[]): Promise<void> {
    const byTopic = groupBy(records, ({ topic }) => topic);
    const answers = await producer.sendBatch({
      acks: -1,
      topicMessages: Array.from(byTopic, ([topic, messages]) => ({ topic, messages: messages as Message[] })),
    });
    const confirmed = new Set(answers.map(({ topicName, partition }) => `${topicName} ${partition}`));
    for (const record of records) record.stored = confirmed.has(`${record.topic} ${record.partition}`);
  }

  async #connect(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      createPartitioner: rememberingPartitioner,
      retry: RETRY,
    });
    await producer.connect();
    return producer;
  }
}

/**
 * Murmur2 of the key, as every Kafka client, but not by kafkajs' own, which costs twenty times as much; keyless records in
 * turn. A record keeps its partition when it is repeated.
 */
const rememberingPartitioner: ICustomPartitioner = () => {
  const inTurn = kafkajs.Partitioners.DefaultPartitioner();
  return (args) => {
    const { message, partitionMetadata } = args;
    return (message.partition ??= message.key
      ? murmur2(Buffer.from(message.key)) % partitionMetadata.length
      : inTurn(args));
  };
};

async function disconnect(connecting: Promise<Producer> | undefined): Promise<void> {
  try {
    await (await connecting)?.disconnect();
  } catch {
    // It was not connected, or is not any more.
  }
}
