// SPDX-License-Identifier: GPL-2.0-only
import type { GraphInsn } from '../../src/protocol/graph';
import type { FrameView } from '../../src/protocol/model';

const FRAME_POINTER = 10;

/** The register whose origin is worth telling at an instruction: one that it reads, best one that carries something held. */
export function registerOfInterest(insn: GraphInsn, frame: FrameView): number | null {
  const readable = new Map(frame.registers.map((r) => [r.name, r]));
  const known = insn.operation.reads.filter((n) => n !== FRAME_POINTER && readable.has(`r${n}`));
  return known.find((n) => readable.get(`r${n}`)!.carries !== null) ?? known[0] ?? null;
}
