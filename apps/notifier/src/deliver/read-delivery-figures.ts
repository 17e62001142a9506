import type { Database } from '@looseleaf/persistence';
import type { DeliveryFigures } from '@looseleaf/service-kit';

// Ids of events are UUIDv7, so the smallest one is the oldest event's. float8 arrives as a number.
const FIGURES = `
  SELECT (SELECT count(*) FROM deliveries WHERE dead_lettered_at IS NULL)::float8 AS waiting,
         (SELECT count(*) FROM deliveries WHERE dead_lettered_at IS NOT NULL)::float8 AS "deadLettered",
         coalesce((
           SELECT extract(epoch FROM now() - occurred_at) * 1000 FROM deliveries JOIN events ON events.id = event_id
           WHERE dead_lettered_at IS NULL ORDER BY event_id LIMIT 1), 0)::float8 AS "oldestAgeMs"`;

/** @throws UnavailableError the database is away */
export async function readDeliveryFigures(database: Database): Promise<DeliveryFigures> {
  const [figures] = await database.read((manager) => manager.query<DeliveryFigures[]>(FIGURES));
  return figures!;
}
