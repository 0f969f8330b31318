// SPDX-License-Identifier: GPL-2.0-only

/** Ending of the names of policy files. */
export const POLICY_FILE_SUFFIX = '.bpf-policy.json';

/** Ending of the names of overlay files: `filter.bpf-overlay.json` beside `filter.bpf.c`. */
export const OVERLAY_FILE_SUFFIX = '.bpf-overlay.json';
