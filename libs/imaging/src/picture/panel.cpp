#include "cxrnet/imaging/panel.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "bounds/mat_check.h"
#include "cxrnet/imaging/colour_map.h"

namespace cxrnet::imaging {
namespace {

constexpr int kMostColumns = 5;
constexpr int kGap = 12;  // between tiles, pixels
constexpr int kHeadingHeight = 40, kTitleHeight = 26, kNoteHeight = 22;
constexpr int kScaleHeight = 34, kFootingHeight = 30;
constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kHeadingScale = 0.66, kTitleScale = 0.58, kNoteScale = 0.46;
const cv::Scalar kBackground(26, 22, 20), kBright(245, 245, 245), kMuted(190, 185, 180);

struct Layout {
  int columns, rows;
  cv::Size picture, tile;
  int top;  // of the first row of tiles
  cv::Size whole;
};

Layout lay_out(const Panel& panel) {
  const int count = static_cast<int>(panel.tiles.size());
  const int rows = (count + kMostColumns - 1) / kMostColumns;
  const int columns = (count + rows - 1) / rows;
  const auto source = panel.tiles.front().picture.size();
  const double scale = static_cast<double>(kPanelTileSide) / std::max(source.width, source.height);
  const cv::Size picture(std::max(1, static_cast<int>(std::lround(source.width * scale))),
                         std::max(1, static_cast<int>(std::lround(source.height * scale))));
  const bool notes = std::any_of(panel.tiles.begin(), panel.tiles.end(),
                                 [](const PanelTile& tile) { return !tile.note.empty(); });
  const cv::Size tile(picture.width,
                      kTitleHeight + (notes ? kNoteHeight : 0) + picture.height + kGap);
  const int top = kGap + (panel.heading.empty() ? 0 : kHeadingHeight);
  const int height = top + rows * tile.height + (panel.heat_scale ? kScaleHeight : 0) +
                     (panel.footing.empty() ? 0 : kFootingHeight);
  return {columns, rows, picture, tile, top, {kGap + columns * (tile.width + kGap), height}};
}

// One line whose baseline is `at`, set smaller where it would not fit into `width`.
void write(cv::Mat& canvas, const std::string& text, cv::Point at, int width, double scale,
           const cv::Scalar& colour) {
  int baseline = 0;
  const int natural = cv::getTextSize(text, kFont, scale, 1, &baseline).width;
  const double fitting = natural > width ? scale * width / natural : scale;
  cv::putText(canvas, text, at, kFont, fitting, colour, 1, cv::LINE_AA);
}

void draw_tile(cv::Mat& canvas, const PanelTile& tile, cv::Point corner, const Layout& layout) {
  const int width = layout.picture.width;
  write(canvas, tile.title, {corner.x, corner.y + kTitleHeight - 8}, width, kTitleScale, kBright);
  const int picture_top =
      corner.y + layout.tile.height - layout.picture.height - kGap;  // beneath title and note
  if (!tile.note.empty())
    write(canvas, tile.note, {corner.x, picture_top - 8}, width, kNoteScale, kMuted);
  cv::Mat target = canvas(cv::Rect({corner.x, picture_top}, layout.picture));
  const bool shrinks = tile.picture.cols > width;
  cv::resize(tile.picture, target, layout.picture, 0, 0,
             shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
}

// "low heat [colours] high heat".
void draw_heat_scale(cv::Mat& canvas, int top) {
  constexpr int kBarHeight = 12;
  const int bar_width = std::min(256, canvas.cols / 3);
  const int text_width = (canvas.cols - bar_width) / 2 - 2 * kGap;
  const int baseline = top + kScaleHeight / 2 + 5;
  int descent = 0;
  const std::string low = "heat: low", high = "high";
  const int low_width =
      std::min(text_width, cv::getTextSize(low, kFont, kNoteScale, 1, &descent).width);
  write(canvas, low, {kGap, baseline}, text_width, kNoteScale, kMuted);
  const int left = 2 * kGap + low_width;
  for (int x = 0; x < bar_width; ++x) {
    const auto& colour = heat_colours()[static_cast<std::size_t>(x * 255 / (bar_width - 1))];
    cv::line(canvas, {left + x, top + (kScaleHeight - kBarHeight) / 2},
             {left + x, top + (kScaleHeight + kBarHeight) / 2}, cv::Scalar(colour));
  }
  write(canvas, high, {left + bar_width + kGap, baseline}, text_width, kNoteScale, kMuted);
}

void require_tiles(const Panel& panel) {
  if (panel.tiles.empty()) {
    throw Error(ErrorCode::invalid_shape,
                "panel: expected at least one picture, got none; add one");
  }
  const auto& first = panel.tiles.front().picture;
  for (const auto& tile : panel.tiles) {
    if (tile.picture.empty() || tile.picture.type() != CV_8UC3) {
      throw Error(ErrorCode::invalid_shape,
                  "panel: expected CV_8UC3 pictures, got another type; convert them first");
    }
    require_size(tile.picture, first.size(), "panel's picture");
  }
}

}  // namespace

cv::Mat draw_panel(const Panel& panel) {
  require_tiles(panel);
  const auto layout = lay_out(panel);
  cv::Mat canvas(layout.whole, CV_8UC3, kBackground);
  const int text_width = layout.whole.width - 2 * kGap;
  if (!panel.heading.empty())
    write(canvas, panel.heading, {kGap, kHeadingHeight - 10}, text_width, kHeadingScale, kBright);
  for (std::size_t i = 0; i < panel.tiles.size(); ++i) {
    const int row = static_cast<int>(i) / layout.columns;
    const int column = static_cast<int>(i) % layout.columns;
    draw_tile(canvas, panel.tiles[i],
              {kGap + column * (layout.tile.width + kGap), layout.top + row * layout.tile.height},
              layout);
  }
  const int below = layout.top + layout.rows * layout.tile.height;
  if (panel.heat_scale) draw_heat_scale(canvas, below);
  if (!panel.footing.empty()) {
    write(canvas, panel.footing, {kGap, layout.whole.height - 11}, text_width, kNoteScale, kMuted);
  }
  return canvas;
}

}  // namespace cxrnet::imaging
