// RUN: hetorch-opt %S/plan_keys.mlir -p 'plan-keys{budget=1048576 key_bytes=1048576},verify-keys{max_keys=1}' | filecheck %s
// RUN: hetorch-opt %S/plan_keys.mlir -p 'plan-keys{budget=2097152 key_bytes=1048576},verify-keys{max_keys=2}' | filecheck %s
// RUN: hetorch-opt %S/plan_keys_loops.mlir -p 'plan-keys{budget=2 key_bytes=1},verify-keys{max_keys=2}' | filecheck %s --check-prefix LOOP
// RUN: hetorch-opt %S/plan_keys.mlir -p 'verify-keys' | filecheck %s --check-prefix UNPLANNED

// Plans of plan-keys pass, and programs without plans.

// CHECK: key_mgmt.load_key

// LOOP: scf.for
// LOOP: key_mgmt.load_key

// UNPLANNED-NOT: key_mgmt
