import type { BatchHandler, Delivery, Settlement } from '../broker.js';
import { MessagingConfigurationError } from '../errors.js';
import { BlockedGroups, settleInto } from './middleware.js';

/**
 * Hands a batch of mixed messages to the handler of each name, in as few calls as the order within groups allows: all
 * first messages of the groups by name, then, where a group goes on with another name, those, and so on. When a message
 * is not done, the later ones of its group are held back.
 */
export function dispatchByName(handlers: ReadonlyMap<string, BatchHandler>): BatchHandler {
  return async (batch) => {
    const settlements: Settlement[] = [];
    const blocked = new BlockedGroups();
    for (const { name, indexes } of runsOf(batch)) {
      const handler = handlers.get(name);
      if (!handler) throw new MessagingConfigurationError(`no handler for ${name}`);
      await settleInto(settlements, batch, indexes, blocked, handler);
    }
    return settlements;
  };
}

interface Run {
  readonly name: string;
  readonly indexes: number[];
}

/** Runs of messages of one name, such that the messages of each group stand in their order. */
function runsOf(batch: readonly Delivery[]): Run[] {
  const phases: Map<string, Run>[] = [];
  const lastOfGroup = new Map<string, { phase: number; name: string }>();
  batch.forEach(({ message: { name, groupKey } }, index) => {
    const last = groupKey === undefined ? undefined : lastOfGroup.get(groupKey);
    const phase = last ? last.phase + (last.name === name ? 0 : 1) : 0;
    if (groupKey !== undefined) lastOfGroup.set(groupKey, { phase, name });
    const runs = (phases[phase] ??= new Map<string, Run>());
    const run = runs.get(name);
    if (run) run.indexes.push(index);
    else runs.set(name, { name, indexes: [index] });
  });
  return phases.flatMap((runs) => [...runs.values()]);
}
