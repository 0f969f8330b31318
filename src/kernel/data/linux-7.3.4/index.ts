// SPDX-License-Identifier: GPL-2.0-only
/** The generated tables of Linux 7.3.4 as one value. */
import type { KernelTables } from '../../tables';
import choices from './choices.json';
import constants from './constants.json';
import dtors from './dtors.json';
import features from './features.json';
import helpers from './helpers.json';
import iterators from './iterators.json';
import kfuncSets from './kfunc-sets.json';
import kfuncs from './kfuncs.json';
import lists from './lists.json';
import lsm from './lsm.json';
import mapTypes from './map-types.json';
import packetChanging from './packet-changing.json';
import progTypes from './prog-types.json';
import protos from './protos.json';
import safeMembers from './safe-members.json';
import structOps from './struct-ops.json';
import tracepoints from './tracepoints.json';
import version from './version.json';

export const KERNEL_TABLES: KernelTables = {
  version,
  features,
  helpers,
  packetChanging,
  protos,
  choices,
  kfuncSets,
  kfuncs,
  dtors,
  progTypes,
  mapTypes,
  structOps,
  iterators,
  lists,
  lsm,
  tracepoints,
  safeMembers,
  constants,
} as unknown as KernelTables;
