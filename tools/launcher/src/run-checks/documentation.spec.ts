import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from '../data-directory/shop-paths.js';

/** `[text](path#heading)`; addresses with a scheme and headings of the same page are no paths. */
const LINK = /\]\((?![a-z][a-z+.-]*:|#)<?([^)\s#>]+)/g;
const CODE_BLOCK = /^```.*?^```/gms;

const documents = globSync(['*.md', '{apps,docs,libs,tools}/**/*.md'], {
  cwd: REPOSITORY,
  exclude: (name) => /(^|\/)(node_modules|dist)$/.test(name),
});

describe('Documentation', () => {
  it.each(documents)('%s links only to what exists', (document) => {
    const text = readFileSync(path.join(REPOSITORY, document), 'utf8').replace(CODE_BLOCK, '');
    const links = Array.from(text.matchAll(LINK), ([, link]) => decodeURIComponent(link!));
    const folder = path.join(REPOSITORY, path.dirname(document));
    expect(links.filter((link) => !existsSync(path.join(folder, link)))).toEqual([]);
  });
});
