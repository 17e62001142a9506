export { LauncherError } from './common/launcher-error.js';
export { ProgressLine } from './common/progress-line.js';
export { DATABASES, readShop, type DatabaseName, type RunningShop } from './data-directory/read-shop.js';
export type { RoleName } from './data-directory/secrets.js';
export { DEFAULT_DATA_DIRECTORY, REPOSITORY } from './data-directory/shop-paths.js';
export type { ServiceState } from './data-directory/shop-state.js';
export { readStatus, type ServiceStatus, type Status } from './operate/show-status.js';
export { spawnShop, type SpawnedShop, type SpawnShopOptions } from './spawn-shop/spawn-shop.js';
