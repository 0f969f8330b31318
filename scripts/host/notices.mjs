// SPDX-License-Identifier: GPL-2.0-only
// THIRD-PARTY-NOTICES.txt: the licence of every package whose code is in a bundle, as esbuild's metafiles say, and of the kernel's data.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What is taken from Linux and shipped as data. */
const KERNEL = `Linux kernel data (media/kernel, tables in the bundles)

Type information (BTF), configuration and tables of facts generated from Linux. Linux is licensed under GPL-2.0-only WITH
Linux-syscall-note; the text of GPL-2.0 is in LICENSE.
`;

/** The licence's words for packages that name it and leave its text out. */
const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the
following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** Text of a licence whose package has no file of it: who made it, and the words. Throws where we have no words. */
function ownWords(name, license, author) {
  if (license !== 'MIT') throw new Error(`${name} has no text of its licence ${license}`);
  const who = typeof author === 'string' ? author : (author?.name ?? `the authors of ${name}`);
  return `Copyright (c) ${who}\n\n${MIT}`;
}

/** Folder of the package that a bundled file belongs to, null for our own. */
function packageOf(input) {
  const parts = input.split('/');
  const at = parts.lastIndexOf('node_modules');
  if (at < 0) return null;
  const scoped = parts[at + 1]?.startsWith('@') === true;
  return parts.slice(0, at + (scoped ? 3 : 2)).join('/');
}

/** Packages in the bundles: folder, name, version, licence and its text. Throws for one that says no licence. */
export function bundledPackages(root, metafiles) {
  const folders = new Set(
    metafiles
      .flatMap((m) => Object.keys(m.inputs))
      .map(packageOf)
      .filter((f) => f !== null),
  );
  return [...folders].sort().map((folder) => {
    const at = path.join(root, folder);
    const { name, version, license, author } = JSON.parse(readFileSync(path.join(at, 'package.json'), 'utf8'));
    const file = readdirSync(at).find((f) => /^(licen[cs]e|copying)(\.|$)/i.test(f));
    if (typeof license !== 'string') throw new Error(`${name} says no licence; it cannot be bundled`);
    return {
      folder,
      name,
      version,
      license,
      text: file !== undefined ? readFileSync(path.join(at, file), 'utf8').trim() : ownWords(name, license, author),
    };
  });
}

/** The text of the notices. */
export function noticesText(packages) {
  const rule = '-'.repeat(78);
  const parts = packages.map((p) => `${p.name} ${p.version} (${p.license})\n\n${p.text}\n`);
  return `Third-party software and data in BPF Context Explorer\n\n${[...parts, KERNEL].join(`\n${rule}\n\n`)}`;
}
