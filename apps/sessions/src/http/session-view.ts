import type { StoredSession } from '../session-store/session-table.js';
import type { Session } from '../domain/session.js';

/** A session as the shop's other services see it. */
export interface SessionView extends Omit<Session, 'pending'> {
  /** RFC 3339 UTC. */
  readonly expiresAt: string;
  /** A checkout whose outcome is not known here. */
  readonly pending?: { readonly id: string; readonly begunAtMs: number };
}

/** What to show of a session; what a pending checkout orders is nobody's business until it is begun again. */
export function viewOf({ session, expiresAtMs }: StoredSession): SessionView {
  const { pending, ...shown } = session;
  return {
    ...shown,
    expiresAt: new Date(expiresAtMs).toISOString(),
    ...(pending && { pending: { id: pending.id, begunAtMs: pending.begunAtMs } }),
  };
}
