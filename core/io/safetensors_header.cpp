#include "core/io/safetensors_header.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

namespace gradus {
namespace {

using nlohmann::json;

constexpr std::string_view kMetadata = "__metadata__";
constexpr int kMaxDepth = 3;  // the header, a tensor, its shape
constexpr size_t kMaxDims = 64;

struct StoredTypeInfo {
  std::string_view name;
  size_t size;
  DType loaded_as;
};

constexpr std::array<StoredTypeInfo, 7> kStoredTypes{{
    {"I64", 8, DType::int64},
    {"F64", 8, DType::float64},
    {"F32", 4, DType::float32},
    {"I32", 4, DType::int64},
    {"BF16", 2, DType::float32},
    {"F16", 2, DType::float32},
    {"BOOL", 1, DType::boolean},
}};

const StoredTypeInfo& info(StoredType type) { return kStoredTypes[static_cast<size_t>(type)]; }

// The JSON value, if it is no deeper than a header can be and no object has a key twice.
json parse_strictly(std::string_view file, std::string_view text) {
  std::vector<std::set<std::string>> keys;  // of the objects that are open, outermost first
  const auto check = [&](int depth, json::parse_event_t event, json& parsed) {
    require<FormatError>(depth <= kMaxDepth, "{}: the header is nested too deeply", file);
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      require<FormatError>(keys.back().insert(key).second,
                           "{}: the header has the key \"{}\" twice", file, key);
    }
    return true;
  };
  try {
    return json::parse(text, check);
  } catch (const json::exception& error) {
    throw FormatError(fmt::format("{}: the header is not JSON: {}", file, error.what()));
  }
}

// Reads one tensor's object; `where` names the file and the tensor in errors.
class EntryReader {
 public:
  EntryReader(std::string_view file, std::string_view name, const json& value)
      : where_(fmt::format("{}: tensor \"{}\"", file, name)), value_(value) {
    require<FormatError>(value.is_object(), "{}: expected an object", where_);
    require<FormatError>(value.size() == 3, "{}: expected dtype, shape and data_offsets alone",
                         where_);
  }

  StoredType type() const {
    const json& name = field("dtype");
    require<FormatError>(name.is_string(), "{}: dtype is not a string", where_);
    const auto found =
        std::ranges::find(kStoredTypes, name.get<std::string_view>(), &StoredTypeInfo::name);
    require<FormatError>(found != kStoredTypes.end(),
                         "{}: dtype {} is none of I64, F64, F32, I32, BF16, F16, BOOL", where_,
                         name.dump());
    return static_cast<StoredType>(found - kStoredTypes.begin());
  }

  Shape shape() const {
    Shape shape;
    for (const uint64_t size : whole_numbers("shape", kMaxDims)) {
      require<FormatError>(size <= INT64_MAX, "{}: shape: {} is too large", where_, size);
      shape.push_back(static_cast<int64_t>(size));
    }
    return shape;
  }

  std::pair<uint64_t, uint64_t> offsets() const {
    const std::vector<uint64_t> offsets = whole_numbers("data_offsets", 2);
    require<FormatError>(offsets.size() == 2 && offsets[0] <= offsets[1],
                         "{}: data_offsets are not a begin and an end", where_);
    return {offsets[0], offsets[1]};
  }

  const std::string& where() const { return where_; }

 private:
  const json& field(const char* name) const {
    const auto found = value_.find(name);
    require<FormatError>(found != value_.end(), "{}: {} is missing", where_, name);
    return *found;
  }

  std::vector<uint64_t> whole_numbers(const char* name, size_t at_most) const {
    const json& list = field(name);
    require<FormatError>(list.is_array() && list.size() <= at_most,
                         "{}: {} is not a list of at most {} numbers", where_, name, at_most);
    std::vector<uint64_t> numbers;
    for (const json& number : list) {
      require<FormatError>(number.is_number_unsigned(),
                           "{}: {}: {} is not a whole number from 0 to 2^64 - 1", where_, name,
                           number.dump());
      numbers.push_back(number.get<uint64_t>());
    }
    return numbers;
  }

  std::string where_;
  const json& value_;
};

// Bytes that the elements of `shape` take. Sizes of 0 count as 1 in the check for overflow, so that
// strides cannot overflow either.
uint64_t bytes_of(const std::string& where, const Shape& shape, StoredType type) {
  int64_t product = static_cast<int64_t>(size_of(loaded_as(type)));
  bool empty = false;
  for (const int64_t size : shape) {
    empty = empty || size == 0;
    require<FormatError>(!__builtin_mul_overflow(product, std::max<int64_t>(size, 1), &product),
                         "{}: shape {} has too many elements", where, shape);
  }
  const uint64_t count = static_cast<uint64_t>(product) / size_of(loaded_as(type));
  return empty ? 0 : count * size_of(type);
}

SafetensorsEntry read_entry(std::string_view file, const std::string& name, const json& value) {
  const EntryReader reader(file, name, value);
  const auto [begin, end] = reader.offsets();
  SafetensorsEntry entry{name, reader.type(), reader.shape(), begin, end};
  const uint64_t expected = bytes_of(reader.where(), entry.shape, entry.type);
  require<FormatError>(end - begin == expected, "{}: {} of shape {} takes {} bytes, but has {}",
                       reader.where(), name_of(entry.type), entry.shape, expected, end - begin);
  return entry;
}

std::map<std::string, std::string> read_metadata(std::string_view file, const json& value) {
  require<FormatError>(value.is_object(), "{}: {} is not an object", file, kMetadata);
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.items()) {
    require<FormatError>(text.is_string(), "{}: {}: the value of \"{}\" is not a string", file,
                         kMetadata, key);
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

// Each tensor must begin where the one before it ends, and the last one must end with the file.
void check_layout(std::string_view file, const std::vector<SafetensorsEntry>& entries,
                  uint64_t data_bytes) {
  uint64_t covered = 0;
  for (const SafetensorsEntry& entry : entries) {
    require<FormatError>(entry.end <= data_bytes,
                         "{}: tensor \"{}\" ends at byte {}, but the file has only {} of data",
                         file, entry.name, entry.end, data_bytes);
    require<FormatError>(entry.begin >= covered, "{}: tensor \"{}\" overlaps another one", file,
                         entry.name);
    require<FormatError>(entry.begin == covered, "{}: a hole of {} bytes before tensor \"{}\"",
                         file, entry.begin - covered, entry.name);
    covered = entry.end;
  }
  require<FormatError>(covered == data_bytes, "{}: {} bytes after the last tensor", file,
                       data_bytes - covered);
}

}  // namespace

std::string_view name_of(StoredType type) { return info(type).name; }
size_t size_of(StoredType type) { return info(type).size; }
DType loaded_as(StoredType type) { return info(type).loaded_as; }

StoredType stored_type(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return StoredType::F32;
    case DType::float64:
      return StoredType::F64;
    case DType::int64:
      return StoredType::I64;
    case DType::boolean:
      break;
  }
  return StoredType::BOOL;
}

SafetensorsHeader parse_safetensors_header(std::string_view file, std::string_view text,
                                           uint64_t data_bytes) {
  // The JSON reader takes a NUL for the end of the text and would ignore what follows it.
  require<FormatError>(text.starts_with('{') && text.find('\0') == text.npos,
                       "{}: not a safetensors file: the header is not a JSON object", file);
  const json parsed = parse_strictly(file, text);
  SafetensorsHeader header;
  for (const auto& [name, value] : parsed.items()) {
    if (name == kMetadata) {
      header.metadata = read_metadata(file, value);
    } else {
      header.entries.push_back(read_entry(file, name, value));
    }
  }
  std::ranges::sort(header.entries, {},
                    [](const auto& entry) { return std::tie(entry.begin, entry.end); });
  check_layout(file, header.entries, data_bytes);
  return header;
}

std::string format_safetensors_header(const SafetensorsHeader& header) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  if (!header.metadata.empty()) object[std::string(kMetadata)] = header.metadata;
  for (const SafetensorsEntry& entry : header.entries) {
    require<ValueError>(entry.name != kMetadata, "a tensor cannot be named \"{}\"", kMetadata);
    object[entry.name] = {{"dtype", name_of(entry.type)},
                          {"shape", entry.shape},
                          {"data_offsets", {entry.begin, entry.end}}};
  }
  try {
    std::string text = object.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return text;
  } catch (const nlohmann::json::exception& error) {
    throw ValueError(fmt::format("a name or metadata is not UTF-8: {}", error.what()));
  }
}

}  // namespace gradus
