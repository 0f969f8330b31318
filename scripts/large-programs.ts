// SPDX-License-Identifier: GPL-2.0-only
/** What the first picture of the largest programs of a corpus tells, and pictures of five: `npm run large-programs -- --corpus DIR [--most N] [--write | --pictures]`. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scriptArgs } from './options';
import { AnalysisEngine } from '../src/analysis/engine';
import { placeWhole, spreadOf } from '../webview/layout/place-long';
import { place } from '../webview/layout/place';
import { programOf, type Stave } from '../webview/large/program';
import { count, repeatWords } from '../webview/large/words';
import { OVERVIEW } from '../webview/drawing/overview';
import { functionFlow } from '../webview/drawing/function-flow';
import type { ContextGraph } from '../src/protocol/graph';
import { largePictures } from './large-pictures';
import { QUIET, requestFor } from '../test/support/verify';

const ROOT = join(import.meta.dirname, '..');
const PAGE = join(ROOT, 'docs/large-programs.md');
const BEGIN = '<!-- figures -->';
const END = '<!-- end of figures -->';
/** What a name in `insns` ends with, and bytes of an instruction. */
const INSNS = '.insns';
const INSN_BYTES = 8;

interface Named {
  readonly set: string;
  readonly object: string;
  readonly program: string;
  readonly insns: number;
}

/** Programs of a corpus, largest first. */
function largest(corpus: string, most: number): Named[] {
  const all: Named[] = [];
  for (const set of readdirSync(corpus)) {
    let files: string[];
    let objects: string[];
    try {
      files = readdirSync(join(corpus, set, 'insns'));
      objects = readdirSync(join(corpus, set, 'objects'));
    } catch {
      continue;
    }
    for (const file of files) {
      if (!file.endsWith(INSNS)) continue;
      const object = objects.find((o) => file.startsWith(`${o}.`));
      if (object === undefined) continue;
      const program = file.slice(object.length + 1, -INSNS.length);
      all.push({ set, object, program, insns: statSync(join(corpus, set, 'insns', file)).size / INSN_BYTES });
    }
  }
  return all.sort((a, b) => b.insns - a.insns).slice(0, most);
}

function graphOf(corpus: string, { set, object, program }: Named): ContextGraph | null {
  const engine = new AnalysisEngine();
  const file = join(corpus, set, 'objects', object);
  engine.analyze(requestFor(object, readFileSync(file), { key: file, program, timeoutS: 120 }), QUIET);
  return engine.graph(file, program);
}

/** How far apart the ends of edges are on average in a function's boxes, px: as small functions are placed, and as this one is. */
function spreads(graph: ContextGraph, stave: Stave): readonly [number, number] {
  const { nodes, flow } = functionFlow(graph, stave.fn.name);
  const sizes = nodes.map(() => ({ width: OVERVIEW.width, height: OVERVIEW.height }));
  const gaps = { down: OVERVIEW.down, beside: OVERVIEW.beside };
  return [spreadOf(place(sizes, flow, gaps), flow.succ), spreadOf(placeWhole(sizes, flow, gaps), flow.succ)];
}

function row(named: Named, graph: ContextGraph): string {
  const program = programOf(graph);
  const sorted = [...program.staves].sort((a, b) => b.visits - a.visits);
  const top = sorted[0]!;
  const repeats = program.staves
    .flatMap((stave) => stave.repeats.map((r) => ({ stave, r })))
    .sort((a, b) => b.r.copies * b.r.length - a.r.copies * a.r.length);
  const told = repeats.slice(0, 2).map(({ stave, r }) => repeatWords(stave, r));
  const loops = program.staves.reduce((n, s) => n + s.loops.length, 0);
  const rails = new Set(program.staves.flatMap((s) => s.rails.map((r) => r.held.kind)));
  const missed = program.staves.reduce((n, s) => n + s.unreached.notVisited + s.unreached.unreachable, 0);
  const widest = [...program.staves].sort((a, b) => b.blocks - a.blocks)[0]!;
  const [before, now] = spreads(graph, widest);
  const cells = [
    `${named.object.replace(/(\.bpf)?\.o$/, '')} ${named.program}`,
    count(named.insns),
    count(graph.nodes.length),
    String(graph.functions.length),
    graph.functions.length > 1 ? `${top.fn.name} ${Math.round(top.share * 100)} %` : '',
    told.length === 0 ? '' : `${told.join('; ')}${repeats.length > 2 ? `; ${repeats.length - 2} more` : ''}`,
    loops === 0 ? '' : String(loops),
    [...rails].join(', '),
    missed === 0 ? '' : count(missed),
    `${Math.round(before)} → ${Math.round(now)}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

const { values } = scriptArgs(
  {
    usage: ['npm run large-programs -- --corpus DIR [--most N] [--write]', 'npm run large-programs -- --corpus DIR --pictures'],
    about: 'A table of the largest programs of a corpus, and of what their first pictures tell.',
    needs: ['corpus'],
  },
  {
    corpus: { type: 'string', value: 'DIR', default: '', help: 'sets of objects and their instructions' },
    most: { type: 'string', value: 'N', default: '50', help: 'how many programs (default 50)' },
    write: { type: 'boolean', default: false, help: 'put the table into docs/large-programs.md' },
    pictures: {
      type: 'boolean',
      default: false,
      help: 'draw five programs in all themes (test-results/large; some of them docs/images/large-*.png), and say what is unreadable on them',
    },
  },
);

/** The table, and the page that has it. */
function table(): void {
  const lines = [
    '| program | instructions | blocks | functions | most work | what repeats | loops | holds | not visited | ends of edges apart, px |',
    '|---|--:|--:|--:|---|---|--:|---|--:|--:|',
  ];
  for (const named of largest(values.corpus, Number(values.most))) {
    const graph = graphOf(values.corpus, named);
    if (graph === null) console.error(`${named.object} ${named.program}: has no graph`);
    else lines.push(row(named, graph));
  }
  console.log(lines.join('\n'));
  if (!values.write) return;
  const page = readFileSync(PAGE, 'utf8');
  const [head, rest] = [page.slice(0, page.indexOf(BEGIN)), page.slice(page.indexOf(END))];
  writeFileSync(PAGE, `${head}${BEGIN}\n\n${lines.join('\n')}\n\n${rest}`);
}

if (values.pictures) for (const line of await largePictures(values.corpus)) console.log(line);
else table();
