#include "csv.h"

#include <algorithm>
#include <cstdint>

#include "cxrnet/core/error.h"
#include "text.h"

namespace cxrnet::data {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr std::size_t kMostFields = 4096;     // of a row
constexpr std::size_t kMostRows = 2'000'000;  // X-rays of the largest collections: below 400,000

// Text of another encoding, by its byte-order mark or by the zeros between ASCII letters.
std::string_view find_encoding(std::string_view text) {
  const auto starts = [&](std::string_view mark) { return text.starts_with(mark); };
  if (starts(std::string_view("\xFF\xFE\0\0", 4)) || starts(std::string_view("\0\0\xFE\xFF", 4)))
    return "UTF-32";
  if (starts("\xFF\xFE") || starts("\xFE\xFF")) return "UTF-16";
  if (text.size() < 4) return "";
  const auto is_zero = [&](std::size_t i) { return text[i] == '\0'; };
  const bool little = !is_zero(0) && is_zero(1) && !is_zero(2) && is_zero(3);
  const bool big = is_zero(0) && !is_zero(1) && is_zero(2) && !is_zero(3);
  return little || big ? "UTF-16" : "";
}

void require_text(std::string_view text) {
  if (const auto encoding = find_encoding(text); !encoding.empty()) {
    throw_invalid_manifest(
        1, 0, "", "expected UTF-8 text, got " + std::string(encoding) + "; save it as UTF-8");
  }
  const std::size_t at = find_no_text(text);
  if (at == text.size()) return;
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<int64_t>(at), '\n');
  const auto byte = static_cast<uint8_t>(text[at]);
  const bool is_control = byte < 0x20 || byte == 0x7F;
  throw_invalid_manifest(static_cast<std::size_t>(line), 0, "",
                         "expected UTF-8 text, got " +
                             std::string(is_control ? "a control character, " : "") + "byte " +
                             std::to_string(byte) + "; is it a CSV file? save it as UTF-8");
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
      if (blank) continue;
      if (rows.size() == kMostRows) {
        throw_invalid_manifest(
            row.line, 0, "",
            "expected at most " + std::to_string(kMostRows) + " rows, got more; split the file");
      }
      rows.push_back(std::move(row));
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
      if (column_ > kMostFields) {
        fail(line_, "expected at most " + std::to_string(kMostFields) +
                        " fields in a row, got more; is it a CSV file?");
      }
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
