export { cpuSecondsOf, pssBytesOf } from './process-figures.js';
