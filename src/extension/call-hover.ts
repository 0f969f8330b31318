// SPDX-License-Identifier: GPL-2.0-only
/** What a hover says of a call: what it is, does and wants, and who may make it. */
import type { CallFacts, SectionOffer } from '../protocol/reference';
import { type SinceKernel, sinceWords } from '../protocol/since';
import { escapeMarkdown, markdownBlock, markdownCode, markdownText } from '../protocol/escape';

/** Widest prototype on one line. */
const WIDE = 80;

/** C prototype, one parameter a line when it is long. */
export function prototype(facts: Pick<CallFacts, 'name' | 'returns' | 'params'>): string {
  const head = `${facts.returns}${facts.returns.endsWith('*') ? '' : ' '}${facts.name}(`;
  const params = facts.params.map((p) => p.text);
  const line = `${head}${params.length === 0 ? 'void' : params.join(', ')})`;
  return line.length <= WIDE ? line : `${head}\n    ${params.join(',\n    ')})`;
}

/** Name of a parameter's declaration: its last word. */
export function paramName(text: string): string {
  return /\(\*(\w+)\)/.exec(text)?.[1] ?? /(\w+)\W*$/.exec(text)?.[1] ?? text;
}

/** Since which kernel, as far as it is known. */
export function sinceText(since: CallFacts['since']): string {
  return since.notIn === null ? `In Linux ${since.first} already.` : `New after Linux ${since.notIn}: ${since.first} has it.`;
}

function heading(facts: CallFacts): string {
  const kind =
    facts.kind === 'helper' ? `helper ${facts.number ?? ''}` : `kfunc${facts.module === null ? '' : ` of module ${facts.module}`}`;
  return `**${markdownCode(`${facts.name}()`)}** ${escapeMarkdown(kind)}${facts.flags.length === 0 ? '' : ` · ${facts.flags.map((flag) => markdownCode(flag)).join(' ')}`}`;
}

/** `⊘ here`, `✓ tracing`: with their words, so that no sign stands alone. */
function placesText(facts: CallFacts): string[] {
  const here = facts.places.find((p) => p.here);
  const others = facts.places.filter((p) => !p.here).map((p) => markdownText(p.text));
  const lines: string[] = [];
  if (here !== undefined)
    lines.push(`${here.allowed ? '$(pass) May be called here:' : '$(error) **May not be called here:**'} ${markdownText(here.text)}`);
  lines.push(`May be called in: ${others.length === 0 ? 'no program' : others.join(' · ')}`);
  return lines;
}

/** The hover of a call. */
export function callHover(facts: CallFacts): string {
  const params = facts.params.filter((p) => p.means !== '').map((p) => `- ${markdownCode(paramName(p.text))}: ${markdownText(p.means)}`);
  const groups = [
    [heading(facts)],
    [markdownBlock(prototype(facts), 'c')],
    facts.summary === '' ? [] : [markdownText(facts.summary)],
    facts.effects.map((e) => `- **${markdownText(e)}**`),
    params,
    [placesText(facts).join('  \n')],
    [`${sinceText(facts.since)} [Documentation](${facts.link})`],
  ];
  return groups
    .filter((g) => g.length > 0)
    .map((g) => g.join('\n'))
    .join('\n\n');
}

/** The hover of a section name, with the known kernels that have what it stands for. */
export function sectionHover(section: SectionOffer, kernels: readonly SinceKernel[] | null = null): string {
  const is = `${markdownCode(`SEC("${section.name}")`)}: a ${markdownCode(section.progType)} program that ${markdownText(section.text)}.`;
  if (kernels === null) return is;
  const since = sinceWords(
    'it',
    kernels,
    kernels.map((k) => k.has),
  );
  return `${is} Of the known kernels ${markdownText(since)}.`;
}
