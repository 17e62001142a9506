import 'reflect-metadata';
import { Controller, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { z } from 'zod';
import type { BatchHandler, ConsumeOptions, Delivery, MessageBroker, Topology } from '../broker.js';
import type { MessageContract } from '../contract.js';
import { createMessage, type Message } from '../message.js';
import { HandleCommand, HandleEvent } from './handle.decorator.js';
import { MessagingTransport } from './messaging-transport.js';

type Body = { readonly group: string };

function contract(kind: 'command' | 'event', name: string, channel: string): MessageContract<Body> {
  return { kind, name, version: 1, channel, schema: z.object({ group: z.string() }), groupKey: ({ group }) => group };
}

const write = contract('command', 'note.write', 'notes');
const erase = contract('command', 'note.erase', 'notes');
const written = contract('event', 'note.written', 'notes.events');

const topology: Topology = {
  queues: [{ name: 'notes' }],
  topics: ['notes.events'],
  subscriptions: [{ topic: 'notes.events', name: 'reader', filter: { events: ['note.written'] } }],
};

/** Stands for an adapter: hands batches to whoever consumes a queue, and notes what was asked of it. */
class LoopbackBroker {
  readonly handlers = new Map<string, BatchHandler>();
  readonly options = new Map<string, ConsumeOptions | undefined>();
  stopped = 0;

  queue(name: string): Pick<ReturnType<MessageBroker['queue']>, 'name' | 'consume'> {
    return {
      name,
      consume: (handler, options) => {
        this.handlers.set(name, handler);
        this.options.set(name, options);
        return { stop: async () => void (this.stopped += 1) };
      },
    };
  }
}

async function start(controller: Type, contracts = [write, erase, written]) {
  @Module({ controllers: [controller] })
  class TestModule {}
  const broker = new LoopbackBroker();
  const strategy = new MessagingTransport({
    broker: broker as unknown as MessageBroker,
    topology,
    contracts,
    consume: { notes: { maxMessages: 7 } },
  });
  const app = await NestFactory.createMicroservice(TestModule, { strategy, logger: false });
  await app.listen();
  return { app, broker };
}

function delivery(of: MessageContract<Body>, group: string): Delivery {
  return { message: createMessage(of, { group }), receiveCount: 1, sentAt: new Date() };
}

describe('The messaging transport', () => {
  it('connects handlers to their queues, keeps the error they throw, and stops its consumers on close', async () => {
    const seen: string[] = [];
    @Controller()
    class Notes {
      @HandleCommand(write)
      async write(@Payload() messages: Message<Body>[]): Promise<void> {
        seen.push(...messages.map(({ body }) => body.group));
      }
      @HandleCommand(erase)
      async erase(): Promise<void> {
        throw new Error('the paper is torn');
      }
      @HandleEvent(written, { subscription: 'reader' })
      async read(@Payload() messages: Message<Body>[]) {
        return messages.slice(1).map(({ id }) => ({ messageId: id, error: new Error('cannot read this one') }));
      }
    }
    const { app, broker } = await start(Notes);
    expect(
      await broker.handlers.get('notes')!([delivery(write, 'a'), delivery(erase, 'b'), delivery(write, 'c')]),
    ).toMatchObject([{ kind: 'done' }, { kind: 'failed', error: new Error('the paper is torn') }, { kind: 'done' }]);
    expect(seen).toEqual(['a', 'c']);
    expect(
      await broker.handlers.get('notes.events/reader')!([delivery(written, 'a'), delivery(written, 'b')]),
    ).toMatchObject([{ kind: 'done' }, { kind: 'failed', error: new Error('cannot read this one') }]);
    expect(broker.options.get('notes')).toEqual({ maxMessages: 7 });
    await app.close();
    expect(broker.stopped).toBe(2);
  });

  it('refuses to start when a command of a consumed queue has no handler, and names it', async () => {
    @Controller()
    class Forgetful {
      @HandleCommand(write)
      async write(): Promise<void> {}
    }
    await expect(start(Forgetful)).rejects.toThrow('notes has no handler for note.erase');
  });

  it('refuses to start when two handlers claim one message', async () => {
    @Controller()
    class Quarrel {
      @HandleCommand(write)
      async one(): Promise<void> {}
      @HandleCommand(write)
      async two(): Promise<void> {}
      @HandleCommand(erase)
      async erase(): Promise<void> {}
    }
    await expect(start(Quarrel)).rejects.toThrow('two handlers claim note.write of notes');
  });

  it('refuses to start when the subscription asks for an event without a contract', async () => {
    @Controller()
    class Reader {
      @HandleEvent(written, { subscription: 'reader' })
      async read(): Promise<void> {}
    }
    await expect(start(Reader, [write, erase])).rejects.toThrow(
      'asks for note.written, for which there is no contract',
    );
  });

  it('refuses to start when a queue is not in the topology', async () => {
    @Controller()
    class Lost {
      @HandleEvent(written, { subscription: 'nobody' })
      async read(): Promise<void> {}
    }
    await expect(start(Lost)).rejects.toThrow('notes.events/nobody is not in the topology');
  });
});
