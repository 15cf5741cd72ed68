func.func @f(%a: i1, %b: i1, %c: i8, %d: i8, %x: f32, %t: tensor<2x4xf32>, %ti: tensor<4xi16>) {
  %0 = comb.truth_table %a, %b -> 6 : ui4 {t}
  %1 = comb.inv %a {t} : i1
  %2 = comb.inv bin %a : i1
  %3 = comb.nand %a, %b : i1
  %4 = comb.nor bin %a, %b {t} : i1
  %5 = comb.xnor %a, %b, %a : i1
  %6 = comb.add %c, %d : i8
  %7 = comb.mul %c, %d : i8
  %8 = comb.icmp eq %c, %d : i8
  %9 = comb.parity %c : i8
  %10 = comb.extract %c from 2 : (i8) -> i3
  %11 = comb.concat %c, %a : i8, i1
  %12 = comb.replicate %c : (i8) -> i16
  %13 = comb.mux %a, %c, %d : i8
  %14 = comb.lut %c, %d <coefficients = [1, 2], lookupTable = [3]> : (i8, i8) -> i8
  %15 = math_ext.sign %x {t} : f32
  %16 = math_ext.sign %ti : tensor<4xi16>
  %17 = math_ext.sigmoid %t {t} : tensor<2x4xf32>
  %18 = math_ext.softmax %t {domain_lower = -3.0 : f64} : tensor<2x4xf32>
  return
}
