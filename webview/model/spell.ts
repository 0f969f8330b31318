// SPDX-License-Identifier: GPL-2.0-only
export { spell } from '../../src/marks/spell';
