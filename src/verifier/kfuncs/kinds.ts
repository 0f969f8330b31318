// SPDX-License-Identifier: GPL-2.0-only

/** What a kfunc's parameter takes (`enum kfunc_ptr_arg_type`). */
export const enum KfArg {
  /** Filled in by the verifier, not passed. */
  PROG_AUX,
  /** Not checked, or implicit. */
  SKIPPED,
  CONST_MEM_SIZE,
  MEM_SIZE,
  CONST,
  CONST_ALLOC_SIZE,
  ANYTHING,
  CTX,
  ALLOC_BTF_ID,
  REFCOUNTED_KPTR,
  DYNPTR,
  ITER,
  LIST_HEAD,
  LIST_NODE,
  BTF_ID,
  MEM,
  CALLBACK,
  RB_ROOT,
  RB_NODE,
  CONST_STR,
  CONST_MAP_PTR,
  TIMER,
  WORKQUEUE,
  IRQ_FLAG,
  RES_SPIN_LOCK,
  TASK_WORK,
  ARENA,
  /** What no argument can be given for, in kernels that say so only when the kfunc is called. */
  UNSUPPORTED,
}

/** A parameter as classified when the kfunc is collected. */
export interface KfuncArg {
  readonly kind: KfArg;
  readonly nullable: boolean;
  /** Memory whose size is that of the type pointed to. */
  readonly fixedSize: boolean;
  readonly name: string;
  /** Type id of the parameter in the kfunc's BTF. */
  readonly type: number;
  /** Type pointed to without modifiers, -1 if the parameter is no pointer. */
  readonly refId: number;
  /** `__uninit`: constructed by the call. */
  readonly uninit: boolean;
  /** `__map`: any pointer to a map. */
  readonly isMap: boolean;
  /** `__nonown_allowed`: a non-owning reference will do. */
  readonly nonownAllowed: boolean;
}
