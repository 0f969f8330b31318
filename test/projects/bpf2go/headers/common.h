/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
#include <linux/bpf.h>
#include <linux/types.h>
#include "bpf_helpers.h"
