import type { MessageBroker, OutgoingMessage } from '@looseleaf/messaging';

export interface Sent {
  readonly destination: string;
  readonly message: OutgoingMessage;
}

/**
 * A broker that only remembers what it was given. It stands in for a real one where a test must make the broker fail at a
 * chosen moment: `onSend` runs before anything is remembered, and what it throws is what the relay sees.
 */
export class RecordingBroker {
  readonly sent: Sent[] = [];
  readonly calls: string[] = [];
  onSend: (messages: readonly OutgoingMessage[]) => Promise<void> = () => Promise.resolve();

  asBroker(): MessageBroker {
    const channel = (kind: string, name: string) => {
      const take = async (messages: readonly OutgoingMessage[]): Promise<void> => {
        await this.onSend(messages);
        this.calls.push(`${kind} ${name} ${messages.length}`);
        for (const message of messages) this.sent.push({ destination: `${kind} ${name}`, message });
      };
      return { name, send: take, publish: take };
    };
    const broker = { queue: (name: string) => channel('queue', name), topic: (name: string) => channel('topic', name) };
    return broker as unknown as MessageBroker;
  }
}
