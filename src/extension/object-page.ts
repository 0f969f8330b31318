// SPDX-License-Identifier: GPL-2.0-only
/** The page of an object: what the file is, what was assumed of it, and its programs with the ways on. */
import { eachLine, escapeHtml, oneLine } from '../protocol/escape';
import { verdictReason } from '../protocol/explanation-text';
import type { FailedProgram, FileResult, ProgramResult } from '../protocol/model';
import type { FileState } from './file-state';
import type { ObjectOrigin } from './object-of';
import { sourceFacts } from './source-map';
import { statusText } from './status';

/** What a button of a program asks for. */
type PageCommand = 'graph' | 'disassembly' | 'type' | 'attach' | 'files';

/** Text of a file between tags. */
const shown = (text: string): string => escapeHtml(oneLine(text));

const FORMS: Readonly<Record<ObjectOrigin['form'], string>> = {
  object: 'ELF object for BPF',
  bitcode: 'ELF object for BPF, made by clang of LLVM bitcode',
  ir: 'ELF object for BPF, made by clang of LLVM IR',
};

/** Members of an archive and what else is known of the file. */
function originHtml(origin: ObjectOrigin): string {
  const { form, bigEndian, wrapping, member, members, left } = origin;
  const what = `<p>${FORMS[form]}, ${bigEndian ? 'big-endian' : 'little-endian'}${wrapping === null ? '' : `, ${shown(wrapping)}`}</p>`;
  const options = members.map((name) => `<option${name === member ? ' selected' : ''}>${shown(name)}</option>`).join('');
  const choice =
    member === ''
      ? ''
      : `<p><label>Object of the archive: <select data-command="member">${options}</select></label> <span>${members.length === 1 ? 'the only one' : `one of ${members.length}`}</span></p>`;
  const rest =
    left.length === 0
      ? ''
      : `<details><summary>Not opened: ${left.length}</summary><ul>${left.map((l) => `<li>${shown(l)}</li>`).join('')}</ul></details>`;
  return what + choice + rest;
}

/** What is assumed of every program; said once. */
function commonAssumptions({ programs }: FileResult): readonly string[] {
  const [first, ...rest] = programs;
  return (first?.assumptions ?? []).filter((a) => rest.every((p) => p.assumptions?.includes(a) === true));
}

const button = (command: PageCommand, text: string, program: string): string =>
  `<button data-command="${command}" data-program="${shown(program)}" title="${shown(`${text}: ${program}`)}">${text}</button>`;

function programRow(p: ProgramResult, common: readonly string[]): string {
  const verdict = p.verdict === 'accept' ? '✓ accepted' : p.verdict === 'reject' ? '⊗ rejected' : '? unknown';
  const why = p.verdict === 'accept' ? [] : [verdictReason(p)];
  const assumed = (p.assumptions ?? []).filter((a) => !common.includes(a)).map((a) => `assumed: ${a}`);
  const text = [...why, ...assumed].map((line) => `<div>${shown(line)}</div>`).join('');
  return `<tr><th scope="row" title="${shown(p.program)}">${shown(p.program)}</th><td><code>${shown(p.section)}</code></td><td>${verdict}</td><td>${p.insnCount === 0 ? '' : p.insnCount.toLocaleString('en')}</td><td>${text}</td>
<td>${button('graph', 'Show BPF context graph', p.program)} ${button('disassembly', 'Disassembly', p.program)} ${button('type', 'Type…', p.program)} ${p.section.includes('/') ? button('attach', 'Target…', p.program) : ''}</td></tr>`;
}

function failedRow(f: FailedProgram): string {
  const waits = {
    type: button('type', 'Choose the program type…', f.program),
    attach: button('attach', 'Choose what it is attached to…', f.program),
    files: button('files', 'Choose the files of this program…', f.program),
  };
  const way = f.undecided === undefined ? '' : waits[f.undecided.what];
  return `<tr><th scope="row" title="${shown(f.program)}">${shown(f.program)}</th><td><code>${shown(f.section)}</code></td><td>not loaded</td><td></td><td>${shown(f.message)}</td><td>${way}</td></tr>`;
}

function resultHtml(result: FileResult): string {
  const common = commonAssumptions(result);
  const assumed =
    common.length === 0 ? '' : `<h2>Assumed of all programs</h2><ul>${common.map((a) => `<li>${shown(a)}</li>`).join('')}</ul>`;
  const warnings = result.warnings.map((w) => `<p>${shown(w)}</p>`).join('');
  const head = ['Program', 'Section', 'Verdict', 'Instructions', 'Why', 'Show'].map((h) => `<th scope="col">${h}</th>`).join('');
  const rows = [...result.programs.map((p) => programRow(p, common)), ...result.failed.map(failedRow)].join('');
  return `${assumed}${warnings}<table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table>`;
}

function body(state: FileState | undefined): string {
  const error = state?.error;
  if (error != null)
    return `<h2>${shown(error.title)}</h2><p>${shown(error.message)}</p><pre>${escapeHtml(eachLine(error.details.join('\n')))}</pre><p>It is read again when it changes.</p><p><button data-command="reopen">Open with another editor</button></p>`;
  return state?.result == null ? '<p role="status">Verifying…</p>' : resultHtml(state.result);
}

/** Where the sources were found that its line records name. */
function sourcesHtml(sources: ReturnType<typeof sourceFacts>): string {
  if (sources.length === 0) return '';
  const rows = sources.map(({ file, path, several }) => {
    const where = path !== null ? `is ${path}` : several === 0 ? 'is not in the workspace' : `could be ${several} files of the workspace`;
    return `<li><code>${shown(file)}</code> ${shown(where)}</li>`;
  });
  return `<details><summary>Sources that lie elsewhere: ${sources.length}</summary><ul>${rows.join('')}</ul><button data-command="sourceMap">Change where sources are…</button></details>`;
}

/** The whole page. `file`: its name. */
export function objectPage(state: FileState | undefined, file: string, nonce: string): string {
  const name = shown(file);
  const origin = state?.origin == null ? '' : originHtml(state.origin);
  const named = (state?.result?.programs ?? []).flatMap((p) => (p.definition === null ? [] : [p.definition.file]));
  const sources = state === undefined ? [] : sourceFacts([...new Set(named)], state.uri);
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'">
<style nonce="${nonce}">
body { font-family: var(--vscode-font-family); font-size: 13px; color: var(--vscode-foreground); background: var(--vscode-editor-background); padding: 12px 20px; }
h2 { font-size: 14px; } ul { padding-left: 20px; margin-top: 4px; }
table { border-collapse: collapse; } th, td { text-align: left; padding: 4px 12px 4px 0; vertical-align: top; border-bottom: 1px solid var(--vscode-widget-border, transparent); }
th[scope=row], td:nth-child(2) { max-width: 40ch; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
td:nth-child(5) { max-width: 70ch; }
code, pre { font-family: var(--vscode-editor-font-family); }
button { color: var(--vscode-button-secondaryForeground); background: var(--vscode-button-secondaryBackground); border: 1px solid var(--vscode-button-border, var(--vscode-contrastBorder, var(--vscode-widget-border, currentColor))); padding: 2px 8px; border-radius: 3px; cursor: pointer; margin-bottom: 2px; }
select { color: var(--vscode-dropdown-foreground); background: var(--vscode-dropdown-background); border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, currentColor)); padding: 2px 4px; border-radius: 3px; }
button:focus-visible, select:focus-visible, summary:focus-visible { outline: 2px solid var(--vscode-focusBorder); outline-offset: 2px; }
</style><title>${name}</title></head><body><h1>${name}</h1>${origin}<p>${state === undefined ? '' : `${shown(statusText(state))} under ${shown(state.policy)}`}</p>${sourcesHtml(sources)}${body(state)}
<script nonce="${nonce}">const vscode = acquireVsCodeApi();
const tell = (e) => vscode.postMessage({ command: e.dataset.command, program: e.dataset.program, value: e.value });
document.addEventListener('click', (e) => { const b = e.target.closest('button'); if (b) tell(b); });
document.addEventListener('change', (e) => { const s = e.target.closest('select'); if (s) tell(s); });</script>
</body></html>`;
}
