// SPDX-License-Identifier: GPL-2.0-only
/** Icons of the answers about sleeping, from the font of the extension. */
export const SLEEP_ICONS = { yes: 'bpf-may-sleep', no: 'bpf-must-not-sleep', mixed: 'bpf-depends' } as const;
