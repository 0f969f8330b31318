// SPDX-License-Identifier: GPL-2.0-only
/** Small objects that ask for much: each ends within its limit of CPU time, all within a gigabyte, with a verdict or a plain word. */
import { beforeAll, describe, expect, it } from 'vitest';
import { CpuClock } from '../../../src/analysis/limits';
import type { AnalyzeReply, AnalyzeRequest } from '../../../src/analysis/requests';
import { told } from '../../../scripts/robustness/told';
import * as bombs from './bombs';
import { engineWith, QUIET, requestFor } from '../../support/verify';

/** Seconds of CPU time that any of them may take in all. */
const MAX_S = 3;
/** The limit of those that would go on for ever: reading and the rest may add what is left of {@link MAX_S}. */
const ENDLESS: Partial<AnalyzeRequest> = { timeoutS: 1 };
const MAX_MB = 1024;
const engine = engineWith();

function analyze(object: Uint8Array, options: Partial<AnalyzeRequest>): AnalyzeReply {
  const request: AnalyzeRequest = requestFor('bomb.bpf.o', object, { key: 'k', record: false, timeoutS: MAX_S, ...options });
  return engine.analyze(request, QUIET);
}

describe('a bomb', () => {
  beforeAll(() => {
    analyze(bombs.bss(), {});
  });

  it.each<[string, () => Uint8Array, RegExp, Partial<AnalyzeRequest>?]>([
    ['structs that hold each other twice, 28 deep', bombs.fan, /^1 × accept$/],
    ['10^9 spin locks', bombs.locks, /^1 × /],
    ['symbols named by the ends of one string', bombs.symbolNames, /^unreadable: its strings take more than 64 MiB$/],
    ['types named by the ends of one string', bombs.typeNames, /^unreadable: its strings take more than 64 MiB$/],
    ['code sections over the same bytes', bombs.sections, /^unreadable: functions overlap$/],
    ['functions over each other', bombs.overlap, /^unreadable: functions overlap$/],
    ['CO-RE relocations beside many programs', bombs.coreRelocations, /^300 × accept$/],
    [
      'line records of a function that many programs call',
      bombs.lineRecords,
      /^1 × |^unreadable: reading it took longer/,
      { ...ENDLESS, program: 'p7' },
    ],
    ['line records in no order', bombs.shuffledLines, /^1 × |^unreadable: reading it took longer/, { ...ENDLESS, program: 'p7' }],
    ['exception callback tags beside many programs', bombs.tags, /^200 × accept$/],
    ['calls of thousands of kfuncs that there are not', bombs.externs, /^1 × reject$/],
    ['a chain of 20,000 calls', bombs.callChain, /^1 × reject$/],
    ['a chain of 50,000 pointers', bombs.pointers, /^1 × accept$/],
    ['a chain of 50,000 typedefs', bombs.typedefs, /^1 × accept$/],
    ['20,000 structs in each other', bombs.structs, /^1 × accept$/],
    ['32 TiB of zeroes', bombs.bss, /^1 × accept$/],
    ['1,000 programs', bombs.manyPrograms, /^1000 × accept$/],
    ['2,000 programs beside 2,000 maps', bombs.programsAndMaps, /^2000 × accept$/],
    ['40 programs that never end', bombs.slowPrograms, /[0-9]+ × unknown/, ENDLESS],
    ['40 programs that never end, recorded', bombs.slowPrograms, /[0-9]+ × unknown/, { ...ENDLESS, record: true, graphs: true }],
    [
      'line records of a function that many programs call, all of them',
      bombs.lineRecords,
      / × |^unreadable: reading it took longer/,
      ENDLESS,
    ],
    ['a countdown from 2^31', bombs.countdown, /^1 × (?:unknown|reject)$/, ENDLESS],
    ['a loop over sums', bombs.precision, /^1 × (?:unknown|reject)$/, ENDLESS],
    ['branches over a full stack', bombs.stack, /^1 × (?:unknown|reject|accept)$/, ENDLESS],
    ['30,000 branches to one place', bombs.ladder, /^1 × (?:unknown|reject|accept)$/, ENDLESS],
    [
      '20,000 indirect jumps to 20,000 places',
      bombs.jumpTables,
      /^1 × (?:unknown|reject|accept)$/,
      { ...ENDLESS, record: true, graphs: true },
    ],
    [
      '30,000 branches to one place, with a graph',
      bombs.ladder,
      /^1 × (?:unknown|reject|accept)$/,
      { ...ENDLESS, record: true, graphs: true },
    ],
    ['walks back over thousands of additions', bombs.backtrack, /^1 × (?:unknown|reject|accept)$/, ENDLESS],
    ['a countdown with a full log', bombs.countdown, /^1 × (?:unknown|reject)$/, { ...ENDLESS, logLevel: 2 }],
    ['branches over a full stack, recorded', bombs.stack, /^1 × (?:unknown|reject|accept)$/, { ...ENDLESS, record: true, graphs: true }],
    ['line records of a function that many programs call, recorded', bombs.lineRecords, /[0-9]+ × unknown/, { ...ENDLESS, record: true }],
    ['more than 64 MiB', bombs.giant, /^unreadable: it is larger than 64 MiB$/],
  ])(
    'ends in time: %s',
    (_, make, expected, options = {}) => {
      const object = make();
      const used = new CpuClock();
      const reply = analyze(object, options);
      const seconds = used.usedMs / 1000;
      expect(told(reply)).toMatch(expected);
      expect(object.length > 2 << 20 ? 0 : seconds, 'CPU seconds').toBeLessThan(MAX_S);
      expect(process.resourceUsage().maxRSS / 1024, 'MB').toBeLessThan(MAX_MB);
    },
    120_000,
  );
});
