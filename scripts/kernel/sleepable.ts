// SPDX-License-Identifier: GPL-2.0-only
/** Lists that the verifier spells as code: what may be sleepable, and which maps sleepable programs may use. */
import type { KernelSource } from './source';

const VERIFIER = 'kernel/bpf/verifier.c';

/** Body of a function definition as text, '' if the file has none. */
function bodyOf(text: string, name: string): string {
  return new RegExp(`^(?:static )?\\w[\\w *]*\\b${name}\\([^;{]*\\)\\s*\\{[\\s\\S]*?^\\}`, 'm').exec(text)?.[0] ?? '';
}

function names(text: string, prefix: string): string[] {
  return [...text.matchAll(new RegExp(`\\b${prefix}(\\w+)`, 'g'))].map((m) => m[1]!);
}

/**
 * By list name: `sleepable_prog_types`, `sleepable_tracing_attach` (empty: any), `sleepable_map_types`, without their prefixes.
 * Facts: `kernel/bpf/verifier.c: can_be_sleepable` (before 6.3 in `check_attach_btf_id`), `check_map_prog_compatibility`.
 */
export function sleepableLists(source: KernelSource): Map<string, string[]> {
  const text = source.text(VERIFIER);
  const own = bodyOf(text, 'can_be_sleepable');
  const attach = bodyOf(text, 'check_attach_btf_id');
  const condition = own !== '' ? own : (/if \(prog->aux->sleepable && (prog->type != [\s\S]*?)\{/.exec(attach)?.[1] ?? '');
  const tracing = /switch \([^)]*expected_attach_type\) \{[\s\S]*?default:/.exec(own)?.[0] ?? '';
  const compatibility = bodyOf(text, 'check_map_prog_compatibility');
  const maps = /switch \(map->map_type\) \{[\s\S]*?default:/.exec(compatibility)?.[0] ?? '';
  return new Map([
    ['sleepable_prog_types', [...new Set(names(condition, 'BPF_PROG_TYPE_'))]],
    ['sleepable_tracing_attach', names(tracing, '(?=BPF_TRACE_|BPF_MODIFY_)')],
    ['sleepable_map_types', names(maps, 'BPF_MAP_TYPE_')],
  ]);
}
