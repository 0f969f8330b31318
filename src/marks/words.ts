// SPDX-License-Identifier: GPL-2.0-only
/** The words moved to where every room may ask for them. */
export { chipText, chipWords, forbiddenText } from '../protocol/words';
