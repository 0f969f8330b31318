// SPDX-License-Identifier: GPL-2.0-only
/** Who says a diagnostic of ours, as the list of problems names it: `bpf`, and of what it speaks: `bpf policy`, `bpf linux-7.3`, `bpf 6.12`. */
export function diagnosticSource(of = ''): string {
  return of === '' ? 'bpf' : `bpf ${of}`;
}
