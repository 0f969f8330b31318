// SPDX-License-Identifier: GPL-2.0-only
/** Loads, stores and memory arguments: what the other rooms call. */
export type { AccessSource, AccessType, MemAccess } from './access-type';
export { checkMemAccess } from './access';
export { checkAtomic } from './atomic';
export { checkLdImm64 } from './ld-imm';
export { checkLoad, checkStoreImm, checkStoreReg } from './load-store';
export { checkHelperMemAccess, checkMemReg, checkMemSizeReg, isMemory, sizeFits } from './helper-mem';
export { checkPtrOffReg, checkRegion } from './region';
export { mayAccessPacket } from './packet';
export { growStack } from './stack/bounds';
export { checkStackRangeInitialized } from './stack/range';
export { checkMapAccess, checkMapAccessType } from './map/access';
export { hasDirectValueAddr, mapDirectRead, mapIsRdonly } from './map/contents';
export { createMap, mapByFd } from './map/create';
export { fieldTypeName, recordFindField } from './map/fields';
export { notNull, refineMapValue } from './map/lookup';
export { mapKptrMatchType } from './map/kptr';
export { findKernelType } from './map/record';
export { regBtfRecord, structMeta } from './map/struct-meta';
export { btfStructIdsMatch, btfTypesAreSame } from './btf/match';
export { isProgCtxType, kernCtxBtfId, validateProgCtxType } from './btf/prog-ctx';
export { funcRetvalRange as getFuncRetvalRange } from './ctx/retval';
export { isRcuReg, isTrustedReg } from './trust';
