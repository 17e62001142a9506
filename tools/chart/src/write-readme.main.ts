import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { CHART } from './chart.js';
import { chartReadme } from './readme.js';

writeFileSync(path.join(CHART, 'README.md'), chartReadme());
