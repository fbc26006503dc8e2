// SPDX-License-Identifier: MIT
/**
 * Builds the dashboard: node build.mjs OUTDIR
 * Writes index.html, app.js, app.css, favicon.svg and the licences of the bundled libraries.
 * The same sources and package-lock.json give the same bytes.
 */
import { build } from 'esbuild';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const COPIED = ['index.html', 'favicon.svg'];
const BUNDLED = ['laravel-echo', 'pusher-js'];

async function licenceOf(name) {
  const folder = path.join(here, 'node_modules', name);
  const { version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  const text = await readFirst(['LICENSE', 'LICENSE.md', 'LICENCE'].map((file) => path.join(folder, file)));
  return `${name} ${version} (${license})\n\n${text ?? `License: ${license}\n`}`;
}

async function readFirst(files) {
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text !== null) return text;
  }
  return null;
}

function bundle(outDir) {
  return build({
    absWorkingDir: here,
    entryPoints: [
      { in: 'src/main.js', out: 'app' },
      { in: 'src/styles/app.css', out: 'app' },
    ],
    outdir: outDir,
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['es2020', 'chrome87', 'firefox78', 'safari15'],
    charset: 'utf8',
    legalComments: 'inline',
    logLevel: 'warning',
  });
}

async function main(outDir) {
  await mkdir(outDir, { recursive: true });
  await bundle(outDir);
  for (const file of COPIED) await copyFile(path.join(here, 'src', file), path.join(outDir, file));
  const licences = await Promise.all(BUNDLED.map(licenceOf));
  await writeFile(path.join(outDir, 'licenses.txt'), licences.join('\n\n----\n\n'));
}

const outDir = process.argv[2];
if (!outDir) {
  console.error('usage: node build.mjs OUTDIR');
  process.exit(2);
}
await main(path.resolve(outDir));
