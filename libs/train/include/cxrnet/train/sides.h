// Which records a run may learn from, and which tell it when to stop.
#pragma once

#include <string>

#include "cxrnet/data/shards.h"
#include "cxrnet/train/trainer.h"

namespace cxrnet::train {

/// Takes the records whose `split_column` says `side` ("" = all records), leaves out those without
/// a lung mask (a blank one is none) if `with_masks`, and cuts a validation part of about
/// `validation_fraction` from them by patient. Other sides are never touched. Errors: not_found for
/// an unknown column or side; empty_input; patient_leak when a patient is also on another side of
/// the split, unless `allow_leak`.
Sides choose_sides(const data::ShardDataset& dataset, const std::string& split_column,
                   const std::string& side, bool with_masks, double validation_fraction,
                   uint64_t seed, bool allow_leak);

}  // namespace cxrnet::train
