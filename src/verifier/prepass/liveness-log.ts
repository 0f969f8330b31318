// SPDX-License-Identifier: GPL-2.0-only
/** Level-2 log lines of the stack-liveness pass (`kernel/bpf/liveness.c: print_…`, `arg_track_log`). */
import { isLdImm64 } from '../../isa/insn';
import { CALL, Class, classOf, NR_REGS } from '../../isa/opcode';
import type { VerifierEnv } from '../env';
import { insnText } from '../log/insn';
import { insnPadding } from '../log/state';
import { signed, type TrackTable } from './arg-track';
import { ARG_BASE, ROW, SLOT_BASE } from './arg-xfer';
import type { FuncInstance } from './func-instance';
import { hasHalfSlot, HALF_SLOTS, isEmpty } from './spis';

/** Longest list of the slots of one frame (`TMP_STR_BUF_LEN`). */
const MAX_SPIS_TEXT = 319;

function row(env: VerifierEnv, idx: number): string {
  return `${String(idx).padStart(3)}: ${insnText(env, idx)}`;
}

function slotName(index: number): string {
  return `fp${signed(-(index - SLOT_BASE + 1) * 8)}`;
}

function trackName(index: number): string {
  if (index < ARG_BASE) return `r${index}`;
  return index < SLOT_BASE ? `sa${index - ARG_BASE}` : slotName(index);
}

/** Tracks that an instruction changed. */
export function logTransfer(env: VerifierEnv, table: TrackTable, idx: number, before: ArrayLike<number>, after: ArrayLike<number>): void {
  let changes = '';
  for (let i = 0; i < ROW; i++) {
    if (before[i] !== after[i]) changes += `\t${trackName(i)}: ${table.text(before[i]!)} -> ${table.text(after[i]!)}`;
  }
  if (changes !== '') env.log.append(`${row(env, idx)}${changes}\n`);
}

/** A track that two paths made less exact. */
export function logJoin(
  env: VerifierEnv,
  table: TrackTable,
  from: number,
  to: number,
  index: number,
  old: number,
  add: number,
  joined: number,
): void {
  env.log.append(`arg JOIN insn ${from} -> ${to} ${trackName(index)}: ${table.text(old)} + ${table.text(add)} => ${table.text(joined)}\n`);
}

function subprogTitle(env: VerifierEnv, subprog: number): string {
  const { name } = env.subprogs[subprog]!;
  return `subprog#${subprog}${name === '' ? '' : ` ${name}`}`;
}

/** Listing of a subprogram with the tracks that loads, stores and calls see. */
export function logSubprogTracks(
  env: VerifierEnv,
  table: TrackTable,
  subprog: number,
  rows: readonly (ArrayLike<number> | undefined)[],
): void {
  const start = env.subprogs[subprog]!.start;
  const end = env.subprogs[subprog + 1]!.start;
  let text = `${subprogTitle(env, subprog)}:\n`;
  for (let idx = start; idx < end; idx++) {
    const insn = env.insns[idx]!;
    const cls = classOf(insn.code);
    const shown = cls === Class.LDX || cls === Class.STX || insn.code === CALL;
    const tracks = rows[idx - start];
    let extra = '';
    if (shown && tracks !== undefined) {
      for (let i = 0; i < ROW; i++) {
        if (i === NR_REGS - 1 || !table.isFp(tracks[i]!)) continue;
        extra += ` ${trackName(i)}=${table.text(tracks[i]!)}`;
      }
    }
    text += `${row(env, idx)}${extra === '' ? '' : ` //${extra}`}\n`;
    if (isLdImm64(insn)) idx++;
  }
  env.log.append(text);
}

/** Listings of all instances with the stack they read (`use`) and overwrite (`def`). */
export function logInstances(env: VerifierEnv, instances: readonly FuncInstance[]): void {
  for (const instance of instances) {
    let text = `stack use/def ${subprogTitle(env, instance.subprog)} (d${instance.depth},cs${instance.callsite}):\n`;
    for (let idx = instance.start; idx < instance.start + instance.length; idx++) {
      const line = row(env, idx);
      const use = framesText(instance, idx, 'mayRead');
      const def = framesText(instance, idx, 'mustWrite');
      text += line;
      if (use !== '' || def !== '') {
        text += `${' '.repeat(insnPadding(line.length))};`;
        if (use !== '') text += ` use: ${use}`;
        if (def !== '') text += ` def: ${def}`;
      }
      text += '\n';
      if (isLdImm64(env.insns[idx]!)) idx++;
    }
    env.log.append(text);
  }
}

function framesText(instance: FuncInstance, idx: number, which: 'mayRead' | 'mustWrite'): string {
  let text = '';
  for (let frame = instance.depth; frame >= 0; frame--) {
    const masks = instance.frames[frame];
    if (masks === undefined) continue;
    const at = masks.placeOf(idx - instance.start);
    if (isEmpty(masks[which], at)) continue;
    text += `${text === '' ? '' : ' '}${spisText(frame, masks[which], at).join(' ')}`.slice(0, MAX_SPIS_TEXT);
  }
  return text;
}

/** Slots of a set: `fp0-8`, `fp0-4h` for a half, `fp0-8..-24` for three and more in a row. */
function spisText(frame: number, set: Int32Array, at: number): string[] {
  const slots = HALF_SLOTS / 2;
  const low = (slot: number): boolean => hasHalfSlot(set, at, slot * 2);
  const full = (slot: number): boolean => slot < slots && low(slot) && hasHalfSlot(set, at, slot * 2 + 1);
  const parts: string[] = [];
  for (let slot = 0; slot < slots; slot++) {
    const off = -(slot + 1) * 8;
    if (!full(slot)) {
      if (low(slot)) parts.push(`fp${frame}${off + 4}h`);
      else if (hasHalfSlot(set, at, slot * 2 + 1)) parts.push(`fp${frame}${off}h`);
    } else if (full(slot + 1) && full(slot + 2)) {
      while (full(slot + 1)) slot++;
      parts.push(`fp${frame}${off}..${-(slot + 1) * 8}`);
    } else {
      parts.push(`fp${frame}${off}`);
    }
  }
  return parts;
}
