func.func @f(%x: i32, %n: index) -> i32 {
  %a = arith.constant 0 : index
  %b = arith.constant 1 : index
  %r = scf.for %i = %a to %n step %b iter_args(%s = %x) -> (i32) {
    %t = arith.divsi %s, %x : i32
    scf.yield %t : i32
  }
  func.return %r : i32
}
