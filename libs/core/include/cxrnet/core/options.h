// Options: an aggregate with defaults plus one table of its fields. The table feeds the command
// line, the config file,
// --help, validation and the copy saved beside results, so nothing is kept in step by hand.
//
//   struct DecayOptions {
//     double first = 1e-4;  // learning rate of the first step
//     template <class Self, class Visitor>
//     static void visit_fields(Self& self, Visitor&& visit) {
//       visit(self.first, Field{"learning-rate", "learning rate of the first step", {.above = 0.0,
//       .maximum = 1.0}});
//     }
//   };
//
// A field is a bool, int64_t, double, std::string, a vector of one of the last three, an
// enumeration with an EnumNames specialisation, or another options aggregate (visited in place, its
// fields appear beside the others).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "cxrnet/core/error.h"

namespace cxrnet {

/// What values a numeric field (or each element of a vector field) may take.
struct Range {
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  double above = -std::numeric_limits<double>::infinity();  ///< exclusive lower bound

  bool contains(double value) const {
    return value >= minimum && value <= maximum && value > above;
  }
};
std::string describe(const Range& range);

/// What an option is about.
enum class Aspect {
  result,   ///< what is computed: another value gives another answer
  running,  ///< how it is run: where, how fast, how loud; the answer stays the same, up to rounding
};

/// One row of an options table.
struct Field {
  const char* name;  ///< kebab-case; the command line's --name and the config file's key
  const char* help;  ///< unit and consequence, in one line
  Range range = {};
  Aspect aspect = Aspect::result;
  bool saved = true;  ///< false for what says how a run begins or where it goes, not what it
                      ///< computes: a saved configuration leaves it out
};

/// Specialise with `static constexpr std::array<std::pair<E, std::string_view>, N> values` to name
/// an enumeration.
template <class E>
struct EnumNames;

template <class E>
std::string_view to_string(E value) requires requires {
  EnumNames<E>::values;
}
{
  for (const auto& [candidate, name] : EnumNames<E>::values) {
    if (candidate == value) return name;
  }
  return "?";
}

/// The names of an enumeration, in order.
template <class E>
std::vector<std::string> enum_names() {
  std::vector<std::string> names;
  names.reserve(EnumNames<E>::values.size());
  for (const auto& [value, name] : EnumNames<E>::values) names.emplace_back(name);
  return names;
}

/// What differs between two objects, name by name: "batch-size was 8, is 4"; objects within them
/// are looked into.
std::vector<std::string> differences(const nlohmann::json& then, const nlohmann::json& now);

std::string join(const std::vector<std::string>& words, std::string_view separator = ", ");

/// The enumerator of that name; an unknown name is an Error{invalid_option} that lists the valid
/// ones.
template <class E>
E parse_enum(std::string_view name, std::string_view subject) {
  for (const auto& [value, candidate] : EnumNames<E>::values) {
    if (candidate == name) return value;
  }
  throw Error(ErrorCode::invalid_option, std::string(subject) + ": expected one of " +
                                             join(enum_names<E>()) + ", got '" + std::string(name) +
                                             "'; choose one of these");
}

namespace detail {

struct AnyVisitor {
  template <class T>
  void operator()(T&&, const Field&) const {}
};

template <class T>
concept Options = requires(T& options, AnyVisitor visitor) {
  std::remove_const_t<T>::visit_fields(options, visitor);
};

[[noreturn]] void throw_out_of_range(const Field& field, double value);
[[noreturn]] void throw_wrong_type(const Field& field, const nlohmann::json& value);
[[noreturn]] void throw_unknown_key(const std::string& key, const std::vector<std::string>& known);
void require_object(const nlohmann::json& value);
bool holds_integers(const nlohmann::json& value);  // one that fits int64_t, or an array of such

}  // namespace detail

/// Visits the fields of an aggregate; a nested aggregate uses it to show its own fields in place.
template <class OptionsType, class Visitor>
void visit_fields(OptionsType& options, Visitor&& visit) {
  std::remove_const_t<OptionsType>::visit_fields(options, std::forward<Visitor>(visit));
}

/// Throws Error{invalid_option} naming the first field whose value lies outside its range.
template <detail::Options OptionsType>
void validate(const OptionsType& options) {
  visit_fields(options, [](const auto& value, const Field& field) {
    using T = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
      if (!field.range.contains(static_cast<double>(value)))
        detail::throw_out_of_range(field, value);
    } else if constexpr (std::is_same_v<T, std::vector<int64_t>> ||
                         std::is_same_v<T, std::vector<double>>) {
      for (const auto element : value) {
        if (!field.range.contains(static_cast<double>(element)))
          detail::throw_out_of_range(field, element);
      }
    }
  });
}

/// The aggregate as a JSON object, keys being the field names.
template <detail::Options OptionsType>
nlohmann::json options_to_json(const OptionsType& options) {
  nlohmann::json object = nlohmann::json::object();
  visit_fields(options, [&](const auto& value, const Field& field) {
    if constexpr (std::is_enum_v<std::remove_cvref_t<decltype(value)>>) {
      object[field.name] = std::string(to_string(value));
    } else {
      object[field.name] = value;
    }
  });
  return object;
}

/// Sets the fields that `object` names; the others keep their values. Unknown keys, wrong types and
/// values outside their range are Error{invalid_option}.
template <detail::Options OptionsType>
void options_from_json(const nlohmann::json& object, OptionsType& options) {
  detail::require_object(object);
  std::vector<std::string> known;
  visit_fields(options, [&](auto& value, const Field& field) {
    using T = std::remove_cvref_t<decltype(value)>;
    known.emplace_back(field.name);
    const auto found = object.find(field.name);
    if (found == object.end()) return;
    try {
      if constexpr (std::is_enum_v<T>) {
        value = parse_enum<T>(found->template get<std::string>(), field.name);
      } else {
        // get<> alone would cut fractions and wrap what is too large.
        constexpr bool kIntegers =
            std::is_same_v<T, int64_t> || std::is_same_v<T, std::vector<int64_t>>;
        if (kIntegers && !detail::holds_integers(*found)) detail::throw_wrong_type(field, *found);
        value = found->template get<T>();
      }
    } catch (const nlohmann::json::exception&) {
      detail::throw_wrong_type(field, *found);
    }
  });
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      detail::throw_unknown_key(key, known);
  }
  validate(options);
}

}  // namespace cxrnet
