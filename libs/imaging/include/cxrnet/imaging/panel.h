// Pictures side by side, each with its caption: how explanations are compared by eye.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

namespace cxrnet::imaging {

struct PanelTile {
  cv::Mat picture;    ///< CV_8UC3 (BGR)
  std::string title;  ///< above the picture
  std::string note;   ///< beneath the title, smaller; may be empty
};

struct Panel {
  std::string heading;  ///< first line; may be empty
  std::vector<PanelTile> tiles;
  bool heat_scale = false;  ///< draw the colour map with its ends beneath the tiles
  std::string footing;      ///< last line; may be empty
};

/// Draws at most five tiles a row, rows of equal length, the longer side of each picture enlarged
/// or reduced to kPanelTileSide pixels. Text that is too wide is set smaller. Texts are ASCII:
/// other characters come out as question marks. Returns CV_8UC3 (BGR). Errors: invalid_shape when
/// there is no tile, or pictures differ in size or type.
cv::Mat draw_panel(const Panel& panel);

inline constexpr int kPanelTileSide = 360;

}  // namespace cxrnet::imaging
