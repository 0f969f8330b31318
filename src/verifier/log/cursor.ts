// SPDX-License-Identifier: GPL-2.0-only
import type { LineInfo } from '../../object/program';

/** What the printer of lines must remember between two of them. */
export class LogCursor {
  /** Source line printed last (`prev_linfo`). */
  linfo: LineInfo | null = null;
  /** Position just after the last instruction line, 0 before the first (`prev_log_pos`). */
  insnEnd = 0;
  /** Length of the last instruction line (`prev_insn_print_pos`). */
  insnLength = 0;
}
