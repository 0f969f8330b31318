// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import type { NumberedEvent } from '../protocol/explanation-text';
import { placeWords } from '../protocol/explanation-text';
import type { ContextGraph, GraphInsn, SourcePlace } from '../protocol/graph';
import type { CallFacts, SectionOffer } from '../protocol/reference';
import type { SinceKernel } from '../protocol/since';
import { kernelCallee } from '../protocol/insns';
import { callHover, sectionHover } from './call-hover';
import { type DisassemblyProvider, disassemblyTarget } from './disassembly';
import type { FileState } from './file-state';
import { isStale } from './file-state';
import { isBpfSource, placeIn } from './files';
import { type FieldAnswer, fieldsHover, fieldsOf } from './field-hover';
import { callHere, insnHover, lineHover } from './hover-text';
import { escapeMarkdown } from '../protocol/escape';
import { commandLink } from './markdown';
import { programPlace } from './program-place';
import { rejectionHover } from './rejection-hover';
import { sourceGraphs, type SourceGraphs } from './source-insns';
import type { AnalysisStore } from './store';
import { commandId } from '../contributions/commands';

/** Commands that links in hovers may run: our own, nothing else. */
const LINKED_COMMANDS = [commandId('showGraph'), commandId('openPlace'), commandId('showProblem')];

/** Groups in one hover. */
const MOST_GROUPS = 5;

/** Instructions of a graph that were made from one C line of a document (0-based line). */
export function insnsOfLine(graph: ContextGraph, uri: vscode.Uri, line: number): GraphInsn[] {
  return graph.nodes
    .flatMap((n) => n.instructions)
    .filter((i) => placeIn(i.source, uri) && i.source.line === line + 1)
    .sort((a, b) => a.index - b.index);
}

/** Place in C of an instruction. */
function placesOf(graph: ContextGraph | null): (insn: number) => SourcePlace | null {
  const places = new Map((graph?.nodes ?? []).flatMap((n) => n.instructions).map((i) => [i.index, i.source]));
  return (insn) => places.get(insn) ?? null;
}

function markdown(text: string): vscode.MarkdownString {
  const md = new vscode.MarkdownString(text, true);
  md.isTrusted = { enabledCommands: LINKED_COMMANDS };
  md.supportHtml = false;
  return md;
}

/** The instruction after one in its block. */
function after(graph: ContextGraph | null, insn: GraphInsn): GraphInsn | undefined {
  const block = graph?.nodes.find((n) => n.instructions.some((i) => i.index === insn.index));
  return block?.instructions[block.instructions.findIndex((i) => i.index === insn.index) + 1];
}

/** Link to the C line of an instruction, or to the graph where it has none. */
function linkTo(file: vscode.Uri, program: string, place: SourcePlace | null, insn: number, text: string): string {
  if (place === null) return commandLink(text, commandId('showGraph'), { uri: file.toString(), program, insn });
  return commandLink(text, commandId('openPlace'), { uri: file.toString(), place });
}

/** A call or a section name under the cursor. */
interface Asked {
  readonly call: CallFacts | null;
  readonly section: SectionOffer | null;
  /** Kernels that have the section's types and target, as far as that is known. */
  readonly kernels: readonly SinceKernel[] | null;
}

const NOTHING: Asked = { call: null, section: null, kernels: null };

/** Hovers on C lines, on calls, on section names and on disassembly lines. */
export class ContextHovers implements vscode.HoverProvider {
  constructor(
    private readonly store: AnalysisStore,
    private readonly disassembly: DisassemblyProvider,
  ) {}

  async provideHover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | null> {
    const target = disassemblyTarget(document.uri);
    if (target !== null) return this.onDisassembly(document, position, target);
    const asked = await this.ask(document, position);
    const groups: string[] = [];
    for (const found of await sourceGraphs(document, this.store)) {
      groups.push(...(await this.onLine(document, position.line, found, asked.call)));
      if (groups.length === 0) continue;
      if (isStale(found.state))
        groups.unshift(`${escapeMarkdown(found.state.error?.title ?? '')}; what follows is from the last good result.`);
      break;
    }
    if (asked.section !== null) groups.push(sectionHover(asked.section, asked.kernels));
    if (asked.call !== null && !groups.some((g) => g.includes(asked.call!.link))) groups.push(callHover(asked.call));
    return groups.length === 0 ? null : new vscode.Hover(groups.slice(0, MOST_GROUPS).map(markdown));
  }

  /** What the reference knows of the word under the cursor. */
  private async ask(document: vscode.TextDocument, position: vscode.Position): Promise<Asked> {
    if (!isBpfSource(document)) return NOTHING;
    const line = document.lineAt(position.line).text;
    const section = [...line.matchAll(/\bSEC\("\??([^"]+)"\)/g)].find(
      (m) => position.character >= m.index && position.character <= m.index + m[0].length,
    )?.[1];
    if (section !== undefined) {
      const answer = await this.store.reference(document.uri, { ask: 'sections', typed: section });
      const offers = answer?.ask === 'sections' ? answer.sections : [];
      const stem = await this.stemOf(document.uri, section);
      const offer = offers.find((s) => s.name === section) ?? (stem === null ? null : { ...stem, name: section });
      const since =
        offer === null ? null : await this.store.reference(document.uri, { ask: 'since', subjects: [{ what: 'section', section }] });
      return { ...NOTHING, section: offer, kernels: since?.ask === 'since' ? (since.subjects[0] ?? null) : null };
    }
    const range = document.getWordRangeAtPosition(position, /[A-Za-z_]\w*/);
    if (range === undefined || !/^\s*\(/.test(line.slice(range.end.character))) return NOTHING;
    const at = programPlace(document.getText().split('\n'), position.line);
    const answer = await this.store.reference(document.uri, { ask: 'call', name: document.getText(range), at });
    return { ...NOTHING, call: answer?.ask === 'call' ? answer.call : null };
  }

  /** The section that a name with an unknown target begins with. */
  private async stemOf(uri: vscode.Uri, section: string): Promise<SectionOffer | null> {
    const stem = section.split('/')[0]!;
    const answer = await this.store.reference(uri, { ask: 'sections', typed: stem });
    return (answer?.ask === 'sections' ? answer.sections.find((s) => s.name === stem) : undefined) ?? null;
  }

  private async onDisassembly(
    document: vscode.TextDocument,
    position: vscode.Position,
    target: { file: vscode.Uri; program: string },
  ): Promise<vscode.Hover | null> {
    const insn = this.disassembly.insnAt(document.uri, position.line);
    if (insn === undefined) return null;
    const states = await this.store.states(target.file, target.program, insn.index);
    const graph = await this.store.graph(target.file, target.program);
    const places = placesOf(graph);
    const facts = {
      lineOf: (at: number): number | null => places(at)?.line ?? null,
      link: (text: string, at: number): string => linkTo(target.file, target.program, places(at), at, text),
      next: after(graph, insn),
    };
    const groups = [insnHover(insn, states?.states[0], facts)];
    groups.push(...fieldsHover(await this.fields(target.file, [insn])));
    const name = kernelCallee(insn);
    if (name !== '') {
      const answer = await this.store.reference(target.file, {
        ask: 'call',
        name,
        at: { section: this.sectionOf(target.file, target.program), structOps: null },
      });
      if (answer?.ask === 'call' && answer.call !== null) groups.push(callHover(answer.call));
    }
    return new vscode.Hover(groups.map(markdown), document.lineAt(position.line).range);
  }

  private sectionOf(file: vscode.Uri, program: string): string {
    return this.store.get(file)?.result?.programs.find((p) => p.program === program)?.section ?? '';
  }

  /** What is known of a line through the programs that have instructions there; a refusal comes first. */
  private async onLine(
    document: vscode.TextDocument,
    line: number,
    { state, graphs }: SourceGraphs,
    call: CallFacts | null,
  ): Promise<string[]> {
    const groups: string[] = [];
    const all: GraphInsn[] = [];
    for (const graph of graphs) {
      const insns = insnsOfLine(graph, document.uri, line);
      all.push(...insns);
      if (insns.length === 0) continue;
      const refused = this.refusal(state, graph, document.uri, line);
      if (refused !== null) groups.unshift(refused);
      const places = placesOf(graph);
      const facts = {
        lineOf: (at: number): number | null => places(at)?.line ?? null,
        link: (text: string, at: number): string => linkTo(state.uri, graph.program, places(at), at, text),
      };
      groups.push(`${lineHover(insns, graph.program, facts)} · ${this.graphLink(state, graph, insns[0]!.index)}`);
      const own = call === null ? undefined : insns.find((i) => kernelCallee(i) === call.name);
      if (call !== null && own !== undefined && !groups.some((g) => g.includes(call.link))) {
        const states = await this.store.states(state.uri, graph.program, own.index);
        groups.push(`${callHover(call)}\n\n${callHere(own, call.params.length, states?.states[0], after(graph, own))}`);
      }
    }
    // one group for all programs, before the last that is shown
    groups.splice(MOST_GROUPS - 1, 0, ...fieldsHover(await this.fields(state.uri, all)));
    return groups;
  }

  /** In which kernels the fields are that instructions are about. */
  private async fields(file: vscode.Uri, insns: readonly GraphInsn[]): Promise<FieldAnswer[]> {
    const uses = fieldsOf(insns);
    if (uses.length === 0) return [];
    const subjects = uses.map((field) => ({ what: 'field', field }) as const);
    const answer = await this.store.reference(file, { ask: 'since', subjects });
    const found = answer?.ask === 'since' ? answer.subjects : [];
    return uses.flatMap((use, i) => (found[i] == null ? [] : [{ use, kernels: found[i] }]));
  }

  private graphLink(state: FileState, graph: ContextGraph, insn: number): string {
    return commandLink('$(type-hierarchy) Show in graph', commandId('showGraph'), {
      uri: state.uri.toString(),
      program: graph.program,
      insn,
    });
  }

  /** The explanation of a program that is refused at the line; null if none is. */
  private refusal(state: FileState, graph: ContextGraph, uri: vscode.Uri, line: number): string | null {
    const result = state.result?.programs.find((p) => p.program === graph.program && p.verdict === 'reject');
    const place = result?.explanation?.refused.source ?? result?.source ?? null;
    if (result === undefined || !placeIn(place, uri) || place.line !== line + 1) return null;
    return rejectionHover(result, {
      place: (e: NumberedEvent) => linkTo(state.uri, graph.program, e.source, e.insn, placeWords(e)),
      page: (problem) => commandLink(problem, commandId('showProblem'), problem),
    });
  }
}
