#include "csv.h"

#include <algorithm>
#include <cstdint>

#include "cxrnet/core/error.h"

namespace cxrnet::data {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The length of the UTF-8 sequence at the front of `bytes`, or 0 when there is no valid one
// (Unicode 15, table 3-7).
std::size_t utf8_sequence(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || bytes.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) > 0x9F;
  const bool beyond_unicode = lead == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || beyond_unicode ? 0 : length;
}

void require_text(std::string_view text) {
  std::size_t line = 1;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<uint8_t>(text[at]);
    const bool control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
    const std::size_t length = control ? 0 : utf8_sequence(text.substr(at));
    if (length == 0) {
      throw_invalid_manifest(line, 0, "",
                             "expected UTF-8 text, got byte " + std::to_string(byte) +
                                 "; is it a CSV file? save it as UTF-8");
    }
    if (byte == '\n') ++line;
    at += length;
  }
}

// A byte-order mark at the front of a text is dropped when it is read: quotes keep it in a field.
bool needs_quotes(std::string_view field) {
  return field.find_first_of(",\"\r\n") != std::string_view::npos ||
         field.starts_with(kByteOrderMark);
}

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}

  std::vector<CsvRow> read() {
    std::vector<CsvRow> rows;
    while (!at_end()) {
      CsvRow row = read_row();
      const bool blank = row.fields.size() == 1 && row.fields.front().empty();
      if (!blank) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  bool at_end() const { return position_ == text_.size(); }
  char peek() const { return text_[position_]; }
  bool at_line_end() const { return at_end() || peek() == '\n' || peek() == '\r'; }

  [[noreturn]] void fail(std::size_t line, const std::string& expected_got_remedy) const {
    throw_invalid_manifest(line, column_, "", expected_got_remedy);
  }

  CsvRow read_row() {
    CsvRow row{line_, {}};
    column_ = 1;
    row.fields.push_back(read_field());
    while (!at_end() && peek() == ',') {
      ++position_;
      ++column_;
      row.fields.push_back(read_field());
    }
    read_line_end();
    return row;
  }

  void read_line_end() {
    if (at_end()) return;
    if (peek() == '\r') {
      ++position_;
      if (at_end() || peek() != '\n') {
        fail(line_, "expected a line end LF or CRLF, got a lone CR; save it with one of these");
      }
    }
    ++position_;
    ++line_;
  }

  std::string read_field() {
    if (!at_end() && peek() == '"') return read_quoted_field();
    const std::size_t begin = position_;
    while (!at_line_end() && peek() != ',') {
      if (peek() == '"') {
        fail(line_,
             "expected no quote inside an unquoted field, got one; quote the field and double it");
      }
      ++position_;
    }
    return std::string(text_.substr(begin, position_ - begin));
  }

  std::string read_quoted_field() {
    const std::size_t first_line = line_;
    std::string field;
    for (++position_; !at_end(); ++position_) {
      if (peek() == '"') {
        ++position_;
        if (at_line_end() || peek() == ',') return field;
        if (peek() != '"') {
          fail(line_,
               "expected a comma or line end after the closing quote, got other text; double "
               "quotes inside a field");
        }
      } else if (peek() == '\n') {
        ++line_;
      }
      field.push_back(peek());
    }
    fail(first_line, "expected a closing quote, got the end of the file; close the quote");
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
  std::size_t column_ = 1;
};

}  // namespace

void throw_invalid_manifest(std::size_t line, std::size_t column, const std::string& name,
                            const std::string& expected_got_remedy) {
  std::string subject = "manifest line " + std::to_string(line);
  if (column > 0) subject += ", column " + std::to_string(column);
  if (!name.empty()) subject += " (" + name + ")";
  throw Error(ErrorCode::invalid_manifest, subject + ": " + expected_got_remedy);
}

std::vector<CsvRow> parse_csv(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  require_text(text);
  return CsvReader(text).read();
}

std::string format_csv_row(const std::vector<std::string>& fields) {
  std::string row;
  for (const auto& field : fields) {
    if (!row.empty() || &field != &fields.front()) row += ',';
    if (!needs_quotes(field)) {
      row += field;
      continue;
    }
    row += '"';
    for (const char character : field) {
      if (character == '"') row += '"';
      row += character;
    }
    row += '"';
  }
  return row + '\n';
}

}  // namespace cxrnet::data
