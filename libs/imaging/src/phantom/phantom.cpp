#include "cxrnet/imaging/phantom.h"

#include "phantom/anatomy.h"
#include "phantom/attenuation.h"
#include "phantom/detector.h"
#include "phantom/lesion.h"

namespace cxrnet::imaging {

Phantom render_phantom(const PhantomOptions& options) {
  validate(options);
  const auto anatomy = phantom::make_anatomy(options.seed);
  const auto vessels = phantom::make_vessels(options.seed, anatomy);
  const auto projection =
      phantom::project(anatomy, vessels, options.seed, static_cast<int>(options.size));
  const auto lesion = phantom::lesion_attenuation(options, anatomy, vessels, projection);
  return {.image = phantom::expose(projection.attenuation, lesion, options),
          .lung_mask = projection.lung_mask,
          .lesion_mask = lesion >= kLesionThreshold,
          .label = to_string(options.finding)};
}

}  // namespace cxrnet::imaging
