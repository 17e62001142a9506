/** Server settings by name, as in postgresql.conf. */
export type PostgresSettings = Readonly<Record<string, string | number>>;

/**
 * Small in memory, safe on disk: `fsync` and `synchronous_commit` stay on, because a 202 promises durability.
 * The rest keeps a shop of a few services within some 150 MiB and its tables of fast-changing rows small.
 */
export const DEFAULT_SETTINGS: PostgresSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  max_connections: 120,
  shared_buffers: '64MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  wal_buffers: '4MB',
  huge_pages: 'off',
  jit: 'off',
  // Without I/O workers and parallel workers there are fewer processes; the data fits in memory anyway.
  io_method: 'sync',
  max_worker_processes: 2,
  max_parallel_workers_per_gather: 0,
  max_parallel_maintenance_workers: 0,
  // No replica reads this log, so it need not hold more than crash recovery needs.
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_logical_replication_workers: 0,
  wal_compression: 'on',
  min_wal_size: '64MB',
  max_wal_size: '512MB',
  // Queue tables turn over their rows all the time.
  autovacuum_naptime: '10s',
  autovacuum_max_workers: 2,
  autovacuum_worker_slots: 4,
  autovacuum_vacuum_cost_delay: 0,
  // A frozen client must not keep its locks for ever.
  idle_in_transaction_session_timeout: '30s',
};

export function settingArguments(settings: PostgresSettings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
