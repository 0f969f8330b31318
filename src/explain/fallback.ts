// SPDX-License-Identifier: GPL-2.0-only
/** The event behind a refusal for which its explainer names none: where the value comes from, the use of the map, the declaration. */
import { isLdImm64 } from '../isa/insn';
import { accessBytes, Class, classOf, PseudoLd, usesReg } from '../isa/opcode';
import type { CauseEvent } from '../protocol/explanation';
import type { Refusal } from '../verifier/diag';
import type { BpfMap } from '../verifier/state/map';
import { isPointer } from './back';
import type { Case } from './case';
import { contextMember } from './members';
import { accessWords, originEvent } from './origin';
import { sectionOf } from './sleeping';

/** The register that a load or store goes through. */
export function through(c: Case): number {
  const { code, src, dst } = c.env.insns[c.at]!;
  return classOf(code) === Class.LDX ? src : dst;
}

function isWrite(c: Case): boolean {
  const cls = classOf(c.env.insns[c.at]!.code);
  return cls === Class.ST || cls === Class.STX;
}

/** The load or store at hand, as an event. */
function access(c: Case, off: number, size: number, of = ''): CauseEvent {
  return c.event(isWrite(c) ? 'stored' : 'loaded', c.at, `${accessWords(c, off, size)}${of === '' ? '' : ` (${of})`}`, null, true);
}

/** Where a map's address is loaded: on the path if it is there, else anywhere in the program. */
export function mapUse(c: Case, map: BpfMap | null): CauseEvent[] {
  if (map === null) return [];
  const loads = (insn: number): boolean => {
    const code = c.env.insns[insn];
    if (code === undefined || !isLdImm64(code)) return false;
    const isMap = code.src !== 0 && code.src !== PseudoLd.BTF_ID && code.src !== PseudoLd.FUNC;
    // the pass that looks maps up may not have come this far
    return isMap && (c.env.aux.rare(insn).map === map || code.imm === map.def.fd);
  };
  const insn = c.path.findLast((s) => loads(s.insn))?.insn ?? c.env.insns.findIndex((_, i) => loads(i));
  return insn < 0 ? [] : [c.event('set', insn, `map \`${map.name}\` (${c.env.kernel.mapTypeName(map.type)}) is used here`, map.name, true)];
}

/** What the section says, for what was decided before the first instruction. */
export function declaredEvent(c: Case): CauseEvent[] {
  const section = sectionOf(c);
  const { funcName } = c.env.attach;
  const target = funcName === '' || section.includes(funcName) ? '' : `, attached to ${funcName}`;
  return section === '' ? [] : [c.event('declared', 0, `the program is SEC("${section}")${target}`, null, true)];
}

/** The functions that the stack goes to, deepest users first in the order of the program. */
function stackUsers(c: Case): CauseEvent[] {
  return c.env.subprogs
    .slice(0, -1)
    .filter((s) => s.stackDepth > 0)
    .sort((a, b) => b.stackDepth - a.stackDepth)
    .slice(0, 3)
    .sort((a, b) => a.start - b.start)
    .map((s) => c.event('declared', s.start, `${s.name || 'this function'}() takes ${s.stackDepth} bytes of stack`, null, true));
}

/** Calls that are open at the refusal, outermost first. */
export function openCalls(c: Case): CauseEvent[] {
  return (c.last?.frames ?? [])
    .map((f) => f.callsite)
    .filter((at) => at >= 0)
    .map((at) =>
      c.event('call', at, c.callee(at)?.subprog === -1 ? `${c.calleeName(at)}() runs the callback` : `calls ${c.calleeName(at)}()`),
    );
}

/** The call at hand. */
function callHere(c: Case): CauseEvent[] {
  const name = c.calleeName(c.at);
  return name === '' ? [] : [c.event('call', c.at, `calls ${name}()`, null, true)];
}

/** The load or store at hand, and where the pointer comes from that it goes through. */
function accessed(c: Case, off: number, size: number): CauseEvent[] {
  const reg = c.reg(through(c));
  const origin = reg !== undefined && isPointer(reg) ? originEvent(c, through(c), false) : null;
  return [...(origin === null ? [] : [origin]), access(c, off, size)];
}

/** The instruction at hand where it is what is refused: an access, a call, arithmetic. */
function here(c: Case): CauseEvent[] {
  const insn = c.env.insns[c.at];
  if (insn === undefined || c.path.length === 0) return [];
  const cls = classOf(insn.code);
  if (cls === Class.LDX || cls === Class.ST || cls === Class.STX) return accessed(c, insn.off, accessBytes(insn.code));
  if (cls === Class.ALU || cls === Class.ALU64) {
    const from = usesReg(insn.code) ? originEvent(c, insn.src, false) : null;
    return [...(from === null ? [] : [from]), c.event('set', c.at, 'the arithmetic is done here', c.assigned(c.at), true)];
  }
  return callHere(c);
}

/** A cause for a refusal whose explainer gave none; empty where nothing made it so but the program as a whole. */
export function fallbackCause(c: Case, r: Refusal): readonly CauseEvent[] {
  switch (r.kind) {
    case 'context-access':
      return [access(c, r.off, r.size, contextMember(c, r.off))];
    case 'struct-access':
    case 'misaligned':
      return c.path.length === 0 ? [] : accessed(c, r.off, r.size);
    case 'map-type':
    case 'map-program':
    case 'map-direction':
    case 'read-only-map':
      return mapUse(c, r.map);
    case 'other-map':
      return [...mapUse(c, r.other), ...mapUse(c, r.map)];
    case 'subprog-arguments':
      return r.inner === null ? callHere(c) : fallbackCause(c, r.inner);
    case 'helper-unavailable':
    case 'kfunc-unavailable':
    case 'call-in-callback':
    case 'capability':
      return [...declaredEvent(c), ...openCalls(c).slice(0, 2), ...callHere(c).map((e) => ({ ...e, guilty: false }))];
    case 'kfunc-missing':
    case 'ksym':
    case 'no-such-helper':
    case 'kfunc-prototype':
    case 'device-bound':
    case 'tail-call':
      return callHere(c);
    case 'needs-rcu':
    case 'sleep':
    case 'lock-in-callback':
      return [...openCalls(c), ...declaredEvent(c)];
    case 'stack-size':
    case 'call-depth':
      return stackUsers(c);
    case 'recursion':
      return [c.event('call', r.at, `calls ${r.callee}() again`, null, true)];
    case 'control-flow':
      return r.at < 0 ? [] : [c.event('branch', r.at, 'here', null, true)];
    case 'attach':
    case 'licence':
    case 'exception-callback':
    case 'void-hook':
      return declaredEvent(c);
    case 'bad-instruction':
    case 'bad-operand':
    case 'unsupported': {
      const at = 'at' in r && r.at !== undefined && r.at >= 0 ? r.at : c.at;
      return c.env.insns[at] === undefined ? [] : [c.event('set', at, r.name, null, true)];
    }
    default: {
      const arg = 'arg' in r && r.arg !== undefined ? r.arg : null;
      const origin = arg === null ? null : originEvent(c, arg);
      return origin === null ? here(c) : [origin];
    }
  }
}
