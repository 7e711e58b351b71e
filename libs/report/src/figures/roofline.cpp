#include "cxrnet/report/roofline.h"

#include <algorithm>
#include <sstream>

#include "figures/gnuplot.h"

namespace cxrnet::report {
namespace {

constexpr double kGiga = 1e9;
constexpr int kWidth = 760;  // pixels
constexpr int kHeight = 480;

std::string rows_of(const std::vector<RooflineLayer>& layers) {
  std::ostringstream csv;
  csv << "layer,operations per byte,GFLOP/s\n";
  for (const auto& layer : layers) {
    csv << csv_field(layer.name) << ',' << layer.operations_per_byte << ','
        << layer.operations_per_second / kGiga << '\n';
  }
  return csv.str();
}

}  // namespace

std::string roofline_svg(const std::vector<RooflineLayer>& layers, const Roof& roof) {
  std::ostringstream script;
  script << "set datafile separator ','\n"
         << "set logscale xy\n"
         << "set xrange [0.1:1000]\n"
         << "set yrange [0.5:" << 3.0 * roof.operations_per_second / kGiga << "]\n"
         << "set xlabel 'Operations per byte of memory read and written'\n"
         << "set ylabel 'Billion operations per second'\n"
         << "set grid lc rgb '#dddddd'\n"
         << "set key bottom right\n"
         << "peak = " << roof.operations_per_second / kGiga << '\n'
         << "memory = " << roof.bytes_per_second / kGiga << '\n'
         << "roof(x) = x * memory < peak ? x * memory : peak\n"
         << "plot roof(x) with lines lw 2 lc rgb '#333333' title "
         << plot_string("roof: direct convolution " + roof.name + ", memory copy") << ", \\\n"
         << "  'roofline.csv' using 2:3 skip 1 with points pt 7 ps 0.6 lc rgb '#1f77b4' title "
         << plot_string("layers") << '\n';
  return run_gnuplot({.name = "roofline",
                      .csv = rows_of(layers),
                      .script = script.str(),
                      .width = kWidth,
                      .height = kHeight});
}

}  // namespace cxrnet::report
