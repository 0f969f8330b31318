// SPDX-License-Identifier: GPL-2.0-only
import type { FuncInstance } from './func-instance';

/** Liveness of the stack by call instance. */
export class StackLiveness {
  private readonly byCall = new Map<number, FuncInstance>();

  /** Instance of a call at a depth; at depth 0 the callsite is the subprogram's start. */
  find(callsite: number, depth: number): FuncInstance | undefined {
    return this.byCall.get(depth * 0x1000000 + callsite);
  }
  add(instance: FuncInstance): void {
    this.byCall.set(instance.depth * 0x1000000 + instance.callsite, instance);
  }
  /** By callsite, then depth. */
  sorted(): FuncInstance[] {
    return [...this.byCall.values()].sort((a, b) => a.callsite - b.callsite || a.depth - b.depth);
  }
}
