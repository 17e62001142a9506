export type { Account } from './account/account.js';
export type { FileAccount } from './account/file-account.js';
export { load, type LoadOptions } from './load.js';
export { LoadError } from './load.error.js';
export type { LoadReport } from './report/load-report.js';
export { SCENARIO_NAMES, type ScenarioName } from './scenarios/scenario.js';
