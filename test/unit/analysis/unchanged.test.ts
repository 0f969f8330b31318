// SPDX-License-Identifier: GPL-2.0-only
/** After an edit only what changed is verified again, and what is said of the rest is what verifying it again would say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KeptResults } from '../../../src/analysis/kept';
import type { AnalyzeRequest } from '../../../src/analysis/requests';
import { ProgramComparer } from '../../../src/analysis/same-program';
import { usesReg } from '../../../src/isa/opcode';
import { decode } from '../../../src/isa/operation';
import { KERNELS } from '../../../src/kernel/releases';
import { parseElf } from '../../../src/object/elf';
import { loadObject } from '../../../src/object/load';
import type { Program } from '../../../src/object/program';
import type { FileResult } from '../../../src/protocol/model';
import { Cancelled } from '../../../src/verifier/errors';
import { choiceOf, kernelOf } from '../../support/kernel';
import { engineWith, QUIET, requestFor, ROOT } from '../../support/verify';

const contexts = new Uint8Array(readFileSync(join(ROOT, 'examples/contexts.bpf.o')));

function request(object: Uint8Array, more: Partial<AnalyzeRequest> = {}): AnalyzeRequest {
  return requestFor('x.bpf.o', object, { key: 'k', explain: true, timeoutS: 0, ...more });
}

/** A copy in which a section is changed. */
function withSection(object: Uint8Array, name: string, change: (data: DataView) => void): Uint8Array {
  const copy = object.slice();
  const { data } = parseElf(copy).sections.find((s) => s.name === name)!;
  change(new DataView(copy.buffer, data.byteOffset, data.length));
  return copy;
}

/** As if a line had been put in at the top of the source. */
function aLineDown(object: Uint8Array): Uint8Array {
  return withSection(object, '.BTF.ext', (data) => {
    const header = data.getUint32(4, true);
    const [start, length] = [header + data.getUint32(16, true), data.getUint32(20, true)];
    const size = data.getUint32(start, true);
    for (let at = start + 4; at < start + length;) {
      const count = data.getUint32(at + 4, true);
      for (let i = 0; i < count; i++) {
        const place = at + 8 + i * size + 12;
        data.setUint32(place, data.getUint32(place, true) + (1 << 10), true);
      }
      at += 8 + count * size;
    }
  });
}

/** As if the constant of an instruction in this section were another. */
const otherConstant = (object: Uint8Array, section: string, insn: number): Uint8Array =>
  withSection(object, section, (data) => data.setInt32(insn * 8 + 4, data.getInt32(insn * 8 + 4, true) + 1, true));

/** An engine, and the verifications that stand behind its result. */
class Editor {
  readonly results = new KeptResults(Infinity);
  readonly engine = engineWith(this.results);

  verify(object: Uint8Array, more: Partial<AnalyzeRequest> = {}): FileResult {
    return this.engine.analyze(request(object, more), QUIET).result!;
  }

  runs(): Map<string, unknown> {
    const kept = this.results.programs('k') ?? new Map<string, never>();
    return new Map([...kept].map(([label, program]) => [label, this.results.peek(program)?.input.env]));
  }

  /** Labels of programs that were verified anew, other than those that stood behind the result before. */
  anew(before: ReadonlyMap<string, unknown>): string[] {
    return [...this.runs()].filter(([label, run]) => before.get(label) !== run).map(([label]) => label);
  }

  /** Everything that views ask of a program. */
  views(program: string) {
    const graph = this.engine.graph('k', program)!;
    const insns = graph.nodes.flatMap((node) => node.instructions.map((insn) => insn.index));
    return {
      graph,
      states: insns.map((insn) => this.engine.states('k', program, insn)),
      paths: insns.map((insn) => this.engine.path('k', program, insn, 0)),
    };
  }
}

const timeless = ({ programs, ...rest }: FileResult) => ({ ...rest, programs: programs.map((p) => ({ ...p, timeUs: 0 })) });

describe('an object that is verified again', () => {
  it('costs nothing when nothing changed', () => {
    const editor = new Editor();
    const first = editor.verify(contexts);
    const runs = editor.runs();
    expect(runs.size).toBeGreaterThan(3);
    expect(editor.verify(contexts.slice())).toEqual(first);
    expect(editor.anew(runs)).toEqual([]);
  });

  it('says of programs whose lines moved what a new run says, without one for those that are accepted', () => {
    const [editor, fresh] = [new Editor(), new Editor()];
    const first = editor.verify(contexts);
    const runs = editor.runs();
    const moved = aLineDown(contexts);
    const second = editor.verify(moved);
    expect(timeless(second)).toEqual(timeless(fresh.verify(moved)));
    const accepted = first.programs.filter((p) => p.verdict === 'accept').map((p) => p.program);
    expect(accepted.length).toBeGreaterThan(1);
    expect(editor.anew(runs).filter((label) => accepted.includes(label))).toEqual([]);
    for (const label of accepted) {
      expect(second.programs.find((p) => p.program === label)!.definition!.line).toBe(
        first.programs.find((p) => p.program === label)!.definition!.line + 1,
      );
      expect(editor.views(label)).toEqual(fresh.views(label));
    }
  });

  it('verifies only the program that has another instruction', () => {
    const [editor, fresh] = [new Editor(), new Editor()];
    editor.verify(contexts);
    const runs = editor.runs();
    const { name, insns } = loadObject(contexts, 'x.bpf.o', kernelOf().object).programs.find((p) => p.section === 'tc')!;
    const constant = insns.findIndex((insn) => decode(insn).name === 'mov' && !usesReg(insn.code));
    const edited = otherConstant(contexts, 'tc', constant);
    const second = editor.verify(edited);
    expect(timeless(second)).toEqual(timeless(fresh.verify(edited)));
    expect(editor.anew(runs)).toEqual([name]);
  });

  it('is verified whole under another policy, another kernel or as another loader', () => {
    const editor = new Editor();
    editor.verify(contexts);
    for (const more of [
      { policy: 'forbid-sleep' },
      { kernel: choiceOf(KERNELS.find((k) => k.series === '6.12')!.version) },
      { unprivileged: true },
    ] satisfies Partial<AnalyzeRequest>[]) {
      const runs = editor.runs();
      editor.verify(contexts, more);
      expect(editor.anew(runs)).toEqual([...editor.runs().keys()]);
    }
  });

  it('keeps what was there when it is cancelled', () => {
    const editor = new Editor();
    editor.verify(contexts);
    const [runs, bytes] = [editor.runs(), editor.results.bytes];
    let programs = 0;
    const check = (): void => {
      if (programs > 2) throw new Cancelled();
    };
    const progress = ({ finished }: { finished: unknown }): void => void (programs += finished === null ? 0 : 1);
    expect(() => editor.engine.analyze(request(aLineDown(contexts)), { check, progress })).toThrow(Cancelled);
    expect(editor.runs()).toEqual(runs);
    expect(editor.results.bytes).toBe(bytes);
  });

  it('is verified in the order of nearness to a line, and told in its own', () => {
    const whole = new Editor().verify(contexts);
    const turns: string[] = [];
    const progress = ({ finished }: { finished: { program: string } | null }): void =>
      void (finished !== null && turns.push(finished.program));
    const last = whole.programs.at(-1)!;
    const near = { file: `/elsewhere/${last.definition!.file.split('/').at(-1)!}`, line: last.definition!.line + 1 };
    const { result } = engineWith().analyze(request(contexts, { near }), { ...QUIET, progress });
    expect(timeless(result!)).toEqual(timeless(whole));
    expect(turns[0]).toBe(last.program);
    expect([...turns].sort()).toEqual(whole.programs.map((p) => p.program).sort());
  });
});

describe('a program is compared with what it was', () => {
  const kernel = kernelOf().object;
  const load = (): Program => loadObject(contexts, 'x.bpf.o', kernel).programs.find((p) => p.maps.length > 0 && p.attachBtf !== null)!;
  const program = load();
  const likeness = (other: Program) => new ProgramComparer().likeness(program, other);

  it('is the same when it is loaded again', () => {
    expect(likeness(load())).toBe('same');
  });

  it.each(Object.keys(program).filter((key) => !['lineInfo', 'sourceLines', 'maps'].includes(key)))('is another with another %s', (key) => {
    const value: unknown = program[key as keyof Program];
    const other =
      typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : typeof value === 'string' ? `${value}x` : null;
    const changed = value === null || (Array.isArray(value) && value.length === 0) ? [0] : other;
    expect(likeness({ ...program, [key]: changed } as Program)).toBe('other');
  });

  it('has moved when only lines are others', () => {
    const lines = program.lineInfo.map((r) => ({ ...r, line: r.line + 3 }));
    expect(likeness({ ...program, lineInfo: lines, sourceLines: lines })).toBe('moved');
    expect(likeness({ ...program, lineInfo: lines.slice(1) })).toBe('other');
  });

  it('does not depend on maps that it does not name', () => {
    const named = new Set(program.insns.map((insn) => insn.imm));
    const changed = (used: boolean): Program => ({
      ...program,
      maps: program.maps.map((map) => (named.has(map.fd) === used ? { ...map, valueSize: map.valueSize + 8 } : map)),
    });
    expect(likeness(changed(true))).toBe('other');
    expect(likeness(changed(false))).toBe('same');
  });
});
