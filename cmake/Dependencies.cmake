# Every external library, found once; scripts/bootstrap installs them on Debian 12, docs/adr/ says why each is there.
find_package(Threads REQUIRED)
find_package(Torch REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus QUIET)
find_path(CXRNET_STB_INCLUDE_DIR stb_image.h PATH_SUFFIXES stb REQUIRED)

# libtorch exports its flags as one string; the libraries are named here so that layers link one target.
add_library(cxrnet_torch INTERFACE)
add_library(cxrnet::torch ALIAS cxrnet_torch)
set_target_properties(cxrnet_torch PROPERTIES EXPORT_NAME torch)
# PyTorch's own builds of libtorch export parts of std::filesystem (issue 133437 of pytorch/pytorch): the program looks for
# them in libstdc++ first.
target_link_libraries(cxrnet_torch INTERFACE stdc++ ${TORCH_LIBRARIES})
separate_arguments(cxrnet_torch_flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")
target_compile_options(cxrnet_torch INTERFACE ${cxrnet_torch_flags})
install(TARGETS cxrnet_torch EXPORT cxrnet-targets)

if(NOT CXRNET_MINIMAL)
  find_package(dnnl CONFIG REQUIRED)
  find_package(Protobuf REQUIRED)  # before ONNX, whose targets name it
  find_package(ONNX CONFIG REQUIRED)
  find_package(OpenCV REQUIRED COMPONENTS core imgproc imgcodecs dnn)
  find_package(DCMTK REQUIRED)
  find_package(JPEG REQUIRED)
  find_package(PNG REQUIRED)
  find_package(TIFF REQUIRED)
  find_package(ZLIB REQUIRED)
  find_path(CXRNET_DEFLATE_INCLUDE_DIR libdeflate.h REQUIRED)  # linked by its name, deflate
  find_package(OpenJPEG REQUIRED)
  find_package(OpenSSL REQUIRED)
endif()
