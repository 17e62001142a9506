/** What can be started besides PostgreSQL and the mail catcher. */
export const BACKING_SERVICES = ['kafka', 'redis', 's3', 'toxiproxy'] as const;
export type BackingServiceName = (typeof BACKING_SERVICES)[number];

/** What can be started without a shop. */
export const INFRA_PARTS = [...BACKING_SERVICES, 'mail'] as const;
export type InfraPart = (typeof INFRA_PARTS)[number];
